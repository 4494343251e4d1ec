"""One turn: what the customer wrote, what is known of the conversation, and what will be answered."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import phonenumbers
from rasa_sdk import Tracker

from actions.dialogue.wishes import Wishes
from actions.errors import AssistantError
from actions.internal_api.client import Identity, InternalApi
from actions.internal_api.models import Business
from actions.internal_api.transport import ApiCall
from actions.llm.report import Call
from actions.services import Services
from actions.values import Context, Read, Result
from privacy.cards import CARD, hide_cards

WHATSAPP = "whatsapp"
DEFAULT_COUNTRY = "MX"
# What all calls of the business system may take within one turn, before the customer is told that it is away; and what
# an action has of it, however long those before it took.
TURN_SECONDS = 8.0
LEAST_SECONDS = 2.0
# A turn is given up after a minute: what claims to be older comes from a clock that differs.
_MOST_SECONDS = 60.0
_ADDRESS_PREFIX = "whatsapp:"
# The slot that `actions.dialogue.verification` fills, and nothing else.
PROVEN = "verificacion"
# What is asked for when it asks for a one-time code.
CODE = "codigo"

T = TypeVar("T")
Button = dict[str, str]
# What WhatsApp shows of buttons: as many in a list, as many characters of a title.
MOST_BUTTONS = 10
LONGEST_TITLE = 20


def button(title: str, intent: str, **values: str | None) -> Button:
    """Gives a button that says the intent with those of the values that there are."""
    said = {name: value for name, value in values.items() if value is not None}
    return {"title": title, "payload": f"/{intent}{json.dumps(said, ensure_ascii=False) if said else ''}"}


@dataclass(frozen=True)
class Said:
    """One message to the customer.

    Attributes:
        response: the response of domain.yml.
        facts: the facts it states, by name.
        passage: the text that the response only holds, and that may be reworded in its place.
    """

    response: str
    facts: Mapping[str, Any]
    buttons: Sequence[Button] = ()
    passage: str | None = None


@dataclass
class Turn:
    """What an action sees and does while it answers one message.

    Attributes:
        tracker: Rasa's conversation so far.
        services: the process's clients.
        said: the answer, in order.
        api_calls: what was asked of the business system.
        model_calls: what the language model was asked besides rewording the answer.
        error: the failure the customer was told of, if any.
        understood: whether the message was made use of whatever its intent, as an answer to a form's question is.
        wishes: what the message asks for.
        hands_over: whether a person looks after the customer from here on; the channel then falls silent.
        proof: who the customer has just shown to be, before the conversation knows it.
    """

    tracker: Tracker
    services: Services
    said: list[Said] = field(default_factory=list)
    api_calls: list[ApiCall] = field(default_factory=list)
    model_calls: list[Call] = field(default_factory=list)
    error: AssistantError | None = None
    understood: bool = False
    hands_over: bool = False
    proof: Mapping[str, Any] | None = None
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.now = self.services.now()
        self._age = _age(self.tracker.events)
        self._seconds = max(LEAST_SECONDS, TURN_SECONDS - self._age)
        self.wishes = Wishes.of(self.tracker.latest_message)

    def attend_to(self, intent: str) -> None:
        """Reads only what the message says of this wish, if it holds another one besides."""
        self.take_up(self.wishes.messages.get(intent) or {})

    def take_up(self, message: Mapping[str, Any]) -> None:
        """Reads these words instead of the latest message's; what the channel said of it stays."""
        self.tracker.latest_message = {**self.tracker.latest_message, **message}

    def beside(self, intent: str) -> Turn:
        """Gives the same turn as it is for the message's other wish, with nothing said yet."""
        other = Turn(copy.copy(self.tracker), self.services, api_calls=self.api_calls, started=self.started)
        other.take_up(self.wishes.messages[intent])
        return other

    # What the customer wrote

    @property
    def text(self) -> str:
        """The message as typed; for a button, its payload."""
        return str(self.tracker.latest_message.get("text") or "")

    @property
    def intent(self) -> str:
        """The message's intent."""
        return str((self.tracker.latest_message.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        """How sure the intent is, 0 to 1."""
        return float((self.tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def names_card(self) -> bool:
        """Whether a payment card's number was typed; the channel has hidden it by then, a terminal has not."""
        return CARD in self.text or hide_cards(self.text) != self.text

    @property
    def is_first_action(self) -> bool:
        """Whether no other action has answered this message yet."""
        since = events_since_user(self.tracker.events)
        ran = {e.get("name") for e in since if e.get("event") == "action"}
        return not ran - {"action_listen", self.tracker.active_loop_name}

    @property
    def said_before(self) -> Mapping[str, Sequence[Button]]:
        """The responses of the answer before this message, in order, each with its buttons."""
        return {
            str((e.get("metadata") or {}).get("utter_action")): (e.get("data") or {}).get("buttons") or ()
            for e in self._messages_before()
        }

    @property
    def was_asked(self) -> bool:
        """Whether the answer before this message asks something; so it is taken for where there was none."""
        before = self._messages_before()
        return not before or any("?" in str(e.get("text")) for e in before)

    def _messages_before(self) -> list[Mapping[str, Any]]:
        events = self.tracker.events
        users = [i for i, e in enumerate(events) if e.get("event") == "user"]
        last, first = (users or [0])[-1], (users[-2] + 1 if len(users) > 1 else 0)
        return [e for e in events[first:last] if e.get("event") == "bot"]

    @property
    def is_payload(self) -> bool:
        """Whether the customer pressed a button instead of writing."""
        return self.text.startswith("/")

    def spans(self, entity: str) -> list[str]:
        """Gives the customer's own words for an entity, in order; for a button, the payload's values."""
        found = [e for e in self.tracker.latest_message.get("entities") or () if e.get("entity") == entity]
        if self.is_payload:
            return [str(e.get("value")) for e in found]
        return [self.text[e["start"] : e["end"]] for e in found if "start" in e and "end" in e]

    def first(self, entity: str, read: Callable[[str], Result[T]]) -> T | None:
        """Gives the first of an entity's phrases that can be read, None where none can."""
        results = (read(span) for span in self.spans(entity))
        return next((result.value for result in results if isinstance(result, Read)), None)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the channel says about the message."""
        return self.tracker.latest_message.get("metadata") or {}

    @property
    def is_late_tap(self) -> bool:
        """Whether a button was tapped that is not one of those shown last; the text is then its title."""
        return bool(self.metadata.get("late_tap"))

    @property
    def message_id(self) -> str:
        """The message's own id: Twilio's MessageSid on WhatsApp."""
        return str(self.metadata.get("message_sid") or self.tracker.latest_message.get("message_id") or "")

    @property
    def profile_name(self) -> str | None:
        """The name on the customer's WhatsApp profile."""
        name = self.metadata.get("profile_name")
        return str(name) if name else None

    # What is known

    def slot(self, name: str) -> Any:
        """Gives a slot's value, None when empty."""
        return self.tracker.slots.get(name)

    @property
    def contact_phone(self) -> str | None:
        """The number WhatsApp vouches for (E.164); None on any other channel."""
        sender = str(self.tracker.sender_id)
        on_whatsapp = self.tracker.get_latest_input_channel() == WHATSAPP
        return sender.removeprefix(_ADDRESS_PREFIX) if on_whatsapp and sender.startswith(_ADDRESS_PREFIX) else None

    @property
    def reading(self) -> Context:
        """What phrases are read relative to."""
        day = self.slot("fecha") if self.tracker.active_loop_name else None
        spoken_of = dt.date.fromisoformat(day) if day else None
        return Context(self.now, _country(self.contact_phone) or DEFAULT_COUNTRY, spoken_of)

    def api(self, email: str | None = None) -> InternalApi:
        """Gives the business system, used on behalf of this contact (and, if claimed, an e-mail)."""
        api = InternalApi(self.services.transport, self.api_calls.append, self._time_left)
        who = Identity(email, self.contact_phone, self._conversation, self._verification(email))
        return api.on_behalf_of(who)

    @property
    def _conversation(self) -> str:
        """The conversation's name for the business system, which tells nothing of the person."""
        return hashlib.sha256(f"conversation:{self.tracker.sender_id}".encode()).hexdigest()[:32]

    def _verification(self, email: str | None) -> str | None:
        """Gives the token of a code that was sent to this very e-mail and came back right."""
        proof: Mapping[str, Any] = self.proof or self.slot(PROVEN) or {}
        return str(proof["token"]) if email and proof.get("email") == email else None

    async def business(self) -> Business:
        """Gives the business's data; they may be a minute old."""
        return await self.services.business.get(self.api().business)

    def key(self, step: str, *parts: object) -> str:
        """Gives the idempotency key of a step: the same for the same operation with the same values.

        It derives from the message that opened the form, so neither a repeated message nor a second try after a
        failure takes effect twice. Values are hashed: a key is no place for personal data.
        """
        values = hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]
        return f"{self.slot('operacion') or self.message_id}:{step}:{values}"

    def model_time_left(self) -> float:
        """Gives the seconds that the language model has of this turn, counted from when the message came."""
        spent = self._age + time.perf_counter() - self.started
        return max(0.0, self.services.settings.phrasing_timeout - spent)

    def _time_left(self) -> float:
        return max(0.0, self._seconds - (time.perf_counter() - self.started))

    # What is answered

    def say(self, response: str, *, buttons: Sequence[Button] = (), **facts: Any) -> None:
        """Adds a message: a response of domain.yml with its facts."""
        self.said.append(Said(response, facts, tuple(buttons)))

    def say_passage(self, response: str, texto: str) -> None:
        """Adds a message that is a text of its own, which may be reworded; the response only holds it."""
        self.said.append(Said(response, {"texto": texto}, passage=texto))

    def log_entry(self, action: str, llm: Mapping[str, Any] | None) -> dict[str, Any]:
        """Gives what the conversation log keeps of this action; `ms` is milliseconds."""
        return {
            "action": action,
            "api_calls": [call.as_dict() for call in self.api_calls],
            "llm": llm,
            "understood": self.understood,
            # The log then keeps no number of the message, in whatever way it is written.
            "code_asked": self.slot("requested_slot") == CODE,
            "error": {"type": self.error.kind, "code": self.error.code} if self.error else None,
            "ms": round((time.perf_counter() - self.started) * 1000),
        }


def _age(events: Sequence[Mapping[str, Any]]) -> float:
    """Gives how many seconds ago the customer's message came to Rasa, 0 where no clock says so."""
    came = next((e.get("timestamp") for e in reversed(events) if e.get("event") == "user"), None)
    age = time.time() - float(came) if came else 0.0
    return age if 0.0 <= age <= _MOST_SECONDS else 0.0


def _country(phone: str | None) -> str | None:
    """Gives the ISO 3166 code of a number's country."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) if phone else None
    except phonenumbers.NumberParseException:
        return None


def events_since_user(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Gives what has happened since the customer's last message."""
    last = max((i for i, e in enumerate(events) if e.get("event") == "user"), default=-1)
    return list(events[last + 1 :])
