"""Two wishes in one message: each is served with its own words, the second after the first.

`nlu/wishes.py` finds them: `wishes` of a message are its intents and where their words begin and end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]

# Intents that only ask.
ASKING = frozenset({"consultar_horarios", "consultar_paquetes", "ayuda"})


@dataclass(frozen=True)
class Wishes:
    """What a message asks for.

    Attributes:
        intents: in the order of the message; one, unless it holds two wishes.
        messages: the message for each, the words of the other left out.
    """

    intents: tuple[str, ...]
    messages: Mapping[str, Message]

    @classmethod
    def of(cls, message: Message) -> Wishes:
        """Gives the wishes of a message."""
        found = list(message.get("wishes") or ())
        if len(found) != 2:
            return cls((str((message.get("intent") or {}).get("name") or ""),), {})
        first, second = found
        intents = (str(first["intent"]), str(second["intent"]))
        # "¿Cuánto sale el tarot? Y resérvame uno": what a question is about is meant with the other wish as well. Of
        # two deeds each has its own day and number.
        shares = bool(ASKING & set(intents))
        messages = {
            intents[0]: _reduced(message, first, second, shared=False),
            intents[1]: _reduced(message, second, first, shared=shares),
        }
        return cls(intents, messages)

    def after(self, intent: str) -> str | None:
        """Gives the wish that is served after this one, if it is the first of two."""
        return self.intents[1] if len(self.intents) > 1 and self.intents[0] == intent else None


def _reduced(message: Message, wish: Mapping[str, Any], other: Mapping[str, Any], *, shared: bool) -> Message:
    """Gives the message with blanks for the other wish's words; what is said beside the two is for both.

    Args:
        message: the whole message.
        wish: what is wanted, and where.
        other: what else is wanted, and where.
        shared: whether the other's values stay, of the kinds that are not said elsewhere.
    """
    entities = list(message.get("entities") or ())
    within = [e for e in entities if other["start"] <= e.get("start", -1) < other["end"]]
    own = [e for e in entities if e not in within]
    kinds = {e.get("entity") for e in own}
    kept = [e for e in within if shared and e.get("entity") not in kinds]
    text = str(message.get("text") or "")
    letters = [" " if other["start"] <= place < other["end"] else letter for place, letter in enumerate(text)]
    for e in kept:
        letters[e["start"] : e["end"]] = text[e["start"] : e["end"]]
    intent = {"name": wish["intent"], "confidence": wish["confidence"]}
    return {**message, "text": "".join(letters), "entities": [e for e in entities if e in own + kept], "intent": intent}
