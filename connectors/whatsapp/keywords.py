"""The words by which a customer ends and resumes all messages, whatever else is going on."""

from __future__ import annotations

from enum import Enum

from connectors.cleaning import normalised


class Keyword(Enum):
    """What such a word asks for."""

    OPT_OUT = "baja"
    OPT_IN = "alta"


# Twilio's own English words are understood too: https://help.twilio.com/articles/223134027
_WORDS = {
    "baja": Keyword.OPT_OUT,
    "stop": Keyword.OPT_OUT,
    "unsubscribe": Keyword.OPT_OUT,
    "alta": Keyword.OPT_IN,
    "start": Keyword.OPT_IN,
    "unstop": Keyword.OPT_IN,
}
# With punctuation and blanks around it; what is longer need not be looked at.
_LONGEST = 40


def keyword(text: str) -> Keyword | None:
    """Return what `text` asks for if it is one of those words and nothing else."""
    return _WORDS.get(normalised(text)) if len(text) <= _LONGEST else None
