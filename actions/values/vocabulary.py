"""Closed sets of things a customer can name, each by its usual words and their usual misspellings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions.values.corrections import Mention, settle
from actions.values.result import Result
from actions.values.spelling import one_edit_apart, spell


class Vocabulary:
    """Values by the words that name them.

    Args:
        forms: for each value a pattern over spelled text, the more telling values first: what one has taken,
            a later one does not see.
        several: the reason given when different values stand.
        stems: words of which one letter may be wrong, by value.
    """

    def __init__(self, forms: Mapping[str, str], several: str, stems: Mapping[str, str] | None = None) -> None:
        self._several = several
        self._patterns = [(value, re.compile(rf"(?<![\wñ@])(?:{said})(?![\wñ@])")) for value, said in forms.items()]
        self._stems = {word: value for value, words in (stems or {}).items() for word in words.split()}

    def read(self, text: str) -> Result[str]:
        """Answer the one value that the text names, `several` with the values as choices, or `sin_valor`."""
        spelled = spell(text)
        mentions: list[Mention[str]] = []
        for value, pattern in self._patterns:
            for match in pattern.finditer(spelled):
                if not any(match.start() < other.end and other.start < match.end() for other in mentions):
                    mentions.append(Mention(match.start(), match.end(), value))
        return settle(spelled, mentions or self._misspelt(spelled), self._several)

    def _misspelt(self, spelled: str) -> list[Mention[str]]:
        return [
            Mention(match.start(), match.end(), self._stems[word])
            for match in re.finditer(r"[a-zñ]{5,}", spelled)
            for word in self._stems
            if one_edit_apart(match.group(), word)
        ]
