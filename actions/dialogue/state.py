"""The slots of an open form, read from the conversation and written back as events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.dialogue.turn import PROVEN, Turn, events_since_user

REQUESTED = "requested_slot"
# What a form may ask for besides its fields.
CONFIRMATION = "confirmacion"
CHANGE = "cambio"
RETRY = "reintento"
OPTION = "opcion"
NEXT = "pregunta"
CHOSEN = "elegido"
VERIFY = "verificar"
# The answer to the last question when the customer has already been told why the form is left.
TOLD = "dicho"
# What a form remembers besides its fields.
FAILURES = "intentos"
OPTIONS = "opciones"
OPERATION = "operacion"
TRIED = "reintentado"
RESUMING = "reanudar"
SUSPENDED = "formulario_pendiente"
# The second wish of a message: its words, kept until the form for the first one is closed.
SECOND = "otro_deseo"
# The code that is still to come; only `verification` fills it.
PENDING = "codigo_pendiente"
# Whether a change was asked for and nobody knows what became of it.
IN_DOUBT = "en_duda"

_OWN = frozenset({CONFIRMATION, FAILURES, OPTIONS, OPERATION, TRIED, RESUMING, SUSPENDED, SECOND, PENDING, IN_DOUBT})
_LASTING = frozenset({"email", PROVEN})
_RASAS = frozenset({REQUESTED, "session_started_metadata"})
_PASSING = (_OWN - {OPERATION}) | _RASAS


class FormState:
    """What a form knows at one turn, and what it decides.

    Attributes:
        form: the form's name.
        opening: whether the form opens with this message.
        returning: whether it goes on after something else was answered.
        asked: what it had asked for, None when it opens.
        problems: why words meant for a field are no value, by field.
    """

    def __init__(
        self,
        form: str,
        fields: Sequence[str],
        slots: Mapping[str, Any],
        since: Iterable[Mapping[str, Any]],
        message_id: str = "",
    ) -> None:
        events = list(since)
        self.form = form
        self._message_id = message_id
        self.opening = any(e.get("event") == "active_loop" and e.get("name") == form for e in events)
        others = [e.get("name") for e in events if e.get("event") == "action"]
        self.returning = not self.opening and any(name not in (form, "action_listen") for name in others)
        self.asked: str | None = None if self.opening else slots.get(REQUESTED)
        self.next_question: str | None = None
        self.finished = False
        self._fields = tuple(fields)
        self._slots = dict(slots)
        self._changes: dict[str, Any] = {}
        self.problems: dict[str, str] = {}

    @classmethod
    def of(cls, turn: Turn, form: str, fields: Sequence[str]) -> FormState:
        """Gives the state of a form as the conversation stands."""
        return cls(form, fields, turn.tracker.slots, events_since_user(turn.tracker.events), turn.message_id)

    # What is known

    def get(self, name: str) -> Any:
        """Gives a value as it stands after this turn's changes."""
        return self._changes.get(name, self._slots.get(name))

    def changed(self, *names: str) -> bool:
        """Whether this message changed any of these."""
        return any(name in self._changes and self._changes[name] != self._slots.get(name) for name in names)

    @property
    def confirmed(self) -> bool:
        """Whether the customer agreed to everything stated."""
        return self.get(CONFIRMATION) is True

    @property
    def declined(self) -> bool:
        """Whether it is left without doing anything."""
        return self.get(CONFIRMATION) in (False, TOLD)

    @property
    def told(self) -> bool:
        """Whether the customer knows already why it is left."""
        return bool(self.get(CONFIRMATION) == TOLD)

    @property
    def in_doubt(self) -> bool:
        """Whether a change was asked for and nobody knows what became of it."""
        return bool(self.get(IN_DOUBT))

    @property
    def resuming(self) -> str | None:
        """What the form takes up again while it opens: RETRY, VERIFY, or its next question; None when it is new."""
        return self.get(RESUMING) if self.opening else None

    # What is decided

    def set(self, name: str, value: Any) -> None:
        """Keeps a value."""
        self._changes[name] = value

    def forget(self, *names: str) -> None:
        """Drops values, so that they are asked for again."""
        for name in names:
            self._changes[name] = None

    def ask(self, question: str | None) -> None:
        """Makes this the next question; None completes the form."""
        self.next_question = question
        self.finished = question is None

    def finish(self, *, confirmed: bool) -> None:
        """Completes the form, agreed to or left."""
        self.set(CONFIRMATION, confirmed)
        self.ask(None)

    def leave(self) -> None:
        """Completes the form without doing anything, the customer having been told why."""
        self.set(CONFIRMATION, TOLD)
        self.ask(None)

    def begin(self, turn: Turn) -> None:
        """Starts anew: what other forms left is set aside, and repeats of this message repeat no effect."""
        before = _loop_before(turn.tracker.events, self.form)
        values = {k: v for k, v in self._slots.items() if v is not None and k not in _PASSING}
        # A form nothing was told yet is not worth coming back to.
        if before and values.keys() - _LASTING - _OWN:
            self.set(SUSPENDED, {"form": before, "values": values})
        for name in values.keys() - _LASTING - _OWN:
            if before or name not in self._fields:
                self.forget(name)
        self.forget(CONFIRMATION, OPTIONS, TRIED, RESUMING, PENDING, IN_DOUBT)
        self.set(OPERATION, self._message_id)

    def begin_anew(self) -> None:
        """Makes what comes another operation than the one that was asked for before."""
        self.set(OPERATION, self._message_id)
        self.forget(IN_DOUBT)

    # What becomes of it

    def events(self) -> list[dict[str, Any]]:
        """Gives the changes and the next question as tracker events."""
        # A form whose message changed no slot counts as interrupted, so the tally is always written.
        changes = {FAILURES: self.get(FAILURES) or 0, **self._changes}
        return [*(SlotSet(k, v) for k, v in changes.items()), SlotSet(REQUESTED, self.next_question)]

    def close(self, turn: Turn, *, accepted: bool = True) -> list[dict[str, Any]]:
        """Empties the form; what the customer wanted besides comes next, or a form it had interrupted.

        Args:
            turn: is told to say so.
            accepted: whether the business knew the customer's data; an e-mail it did not is forgotten.
        """
        events = clear_slots(self._slots)
        if not accepted:
            events.append(SlotSet("email", None))
        suspended, second = self.get(SUSPENDED), self.get(SECOND)
        if second:
            form = f"{second['intent']['name']}_form"
            name = second["intent"]["name"]
            turn.say(f"utter_en_vez_{name}" if "values" in second else f"utter_sigamos_{name}")
            return [*events, SlotSet(SUSPENDED, suspended), SlotSet(SECOND, second), FollowupAction(form)]
        if not suspended or suspended["form"] == self.form:
            return events
        turn.say(f"utter_sigamos_{suspended['form'].removesuffix('_form')}")
        restored = {"email": None, **suspended["values"]}
        resumed = [SlotSet(k, v) for k, v in restored.items()]
        return [*events, *resumed, SlotSet(RESUMING, NEXT), FollowupAction(suspended["form"])]

    def keep_for_retry(self, *, in_doubt: bool) -> list[dict[str, Any]]:
        """Keeps every value and the customer's yes, and opens the form again to ask whether to try once more.

        The second try is the same operation: checked anew, what the first one may have done would be in its way.
        """
        return [SlotSet(IN_DOUBT, in_doubt or self.in_doubt or None), *self._opened_again(RETRY)]

    def keep_for_verification(self) -> list[dict[str, Any]]:
        """Keeps every value and the customer's yes, and opens the form again to have them show who they are."""
        return self._opened_again(VERIFY)

    def _opened_again(self, resuming: str) -> list[dict[str, Any]]:
        return [SlotSet(RESUMING, resuming), FollowupAction(self.form)]

    @property
    def tried_again(self) -> bool:
        """Whether the form was opened again already after nothing was found."""
        return bool(self.get(TRIED))

    def reopen(self, *dropped: str, trying_again: bool = False) -> list[dict[str, Any]]:
        """Opens the form again without some of its values.

        What was refused is settled, and under its key would be refused for ever: this begins another operation.
        """
        return [
            SlotSet(CONFIRMATION, None),
            SlotSet(OPERATION, self._message_id),
            SlotSet(IN_DOUBT, None),
            SlotSet(TRIED, trying_again or None),
            *(SlotSet(name, None) for name in dropped),
            *self._opened_again(NEXT),
        ]

    def reopen_with_options(self, starts: Sequence[str], *dropped: str) -> list[dict[str, Any]]:
        """Opens the form again to choose among offered times (ISO 8601)."""
        return [*self.reopen(*dropped), SlotSet(OPTIONS, list(starts)), SlotSet(RESUMING, OPTION)]


def clear_slots(slots: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Gives the events that empty every slot a form filled, but for what is true beyond it (the e-mail)."""
    return [SlotSet(k, None) for k, v in slots.items() if v is not None and k not in _LASTING | _RASAS]


def leave_form(slots: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Gives the events that close whatever form is open and forget what it held."""
    return [ActiveLoop(None), SlotSet(REQUESTED, None), *clear_slots(slots)]


def _loop_before(events: Sequence[Mapping[str, Any]], form: str) -> str | None:
    """Gives the form that was open when this one opened."""
    loops = [e.get("name") for e in events if e.get("event") == "active_loop"]
    before = loops[-2] if len(loops) > 1 and loops[-1] == form else None
    return before if before and before != form else None
