"""Which answer belongs to which message, told by the words alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.whatsapp.texts import load_texts

PATIENCE = load_texts().patience


@dataclass(frozen=True)
class Said:
    """One message of a customer.

    Attributes:
        sid: its MessageSid, which the harness chose.
        expects: a regular expression for each message that answers it, in their order.
        tolerates: another answer that may come as well, once.
        at: when it was written, in seconds since 1970.
        in_order: whether Twilio passed it on in the order of writing, if it passed it on at all.
    """

    sid: str
    text: str
    expects: tuple[str, ...]
    tolerates: str | None
    at: float
    in_order: bool


@dataclass(frozen=True)
class Matching:
    """What became of a customer's messages.

    Attributes:
        missing: how many answers each message still has to get.
        strange: the answers, by their place, that no message asks for, or had got already.
        answered: the messages in the order of their first answers.
    """

    missing: dict[Said, int]
    strange: list[int]
    answered: list[Said]

    @property
    def left(self) -> int:
        """How many answers are still to come."""
        return sum(self.missing.values())


def match(messages: Sequence[Said], answers: Sequence[str]) -> Matching:
    """Gives each answer to the first message that it fits and that still waits for it.

    A request for patience may come once for each message, before anything else answers it. It says not whom it is for:
    that is the message answered next, for a customer's messages are answered one after the other.
    """
    impatient = set(messages)
    expected = {said: list(said.expects) for said in messages}
    tolerated = {said: said.tolerates for said in messages if said.tolerates}
    strange: list[int] = []
    answered: list[Said] = []
    asking: list[int] = []
    for place, answer in enumerate(answers):
        if said := next((said for said, left in expected.items() if left and re.search(left[0], answer)), None):
            expected[said].pop(0)
            if said not in answered:
                answered.append(said)
                if asking and said in impatient:
                    impatient.remove(said)
                    asking.pop()
            strange += asking
            asking = []
        elif answer == PATIENCE:
            asking.append(place)
        elif said := next((said for said, pattern in tolerated.items() if re.search(pattern, answer)), None):
            del tolerated[said]
            if asking and said in impatient:
                impatient.remove(said)
                asking.pop()
        else:
            strange.append(place)
    # Nothing has followed the last ones yet: of the messages without an answer each may have asked.
    waiting = len([said for said in messages if said not in answered])
    strange += asking[waiting:]
    return Matching({said: len(left) for said, left in expected.items()}, sorted(strange), answered)
