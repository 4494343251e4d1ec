"""One-time codes read from messages: six digits, typed, spaced or dictated."""

from __future__ import annotations

import re

from actions.values.corrections import Mention, settle
from actions.values.result import Result, Unclear
from actions.values.spelling import spell

_LENGTH = 6
# A keycap is its digit and two marks; only the digit is wanted.
_KEYCAP = str.maketrans({"\ufe0f": None, "\u20e3": " "})
_GLUED_TO_NAME = re.compile(r"(?<![a-zñ])(codigo|code|cod|clave|pin|numero|num|nro|es)(?=\d)")
_COUNTED = "minutos?|segundos?|horas?|hrs|dias?|veces|vez|digitos?|cifras?|numeros?|pesos|dolares|usd|mxn|euros"
# Digits of something else: e-mails, ids and words that hold some, days and hours with their marks, amounts.
_OF_SOMETHING_ELSE = re.compile(
    r"\S+@\S+|(?<!\w)[a-zñ]-\d+|(?<!\w)c ?-? ?\d{4}(?!\d)|\b\w*[a-zñ]\w*\d\w*|\b\d+[a-zñ]\w*"
    rf"|\d+(?:[/:]\d+)+|[$+] ?\d[\d.,]*|(?<![\d.,-])\d+ (?:{_COUNTED})\b"
    r"|\ba las? \d{1,2}(?: [ap]m)?(?![\w.,-]*\d| \d)"
)
_REPEATED = re.compile(r"\b(doble|triple) (\d)(?!\d)")
_THOUSANDS = re.compile(r"(?<!\d)(\d{1,3}) mil\b(?: (\d{1,3})(?!\d))?")
_ONE = re.compile(r"\buno(?=[ ,.-]{1,3}(?:\d|uno\b))|(?P<before>\d[ ,.-]{1,3})uno\b")
_JOINED = r"[\s.,;_-]{0,3}(?:(?:y|luego|despues|guion|punto|espacio) )?"
_RUN = re.compile(rf"\d+(?:{_JOINED}\d+)*")


def read_codigo(text: str) -> Result[str]:
    """Read a one-time code: six digits, however they are grouped, dictated or written ("cuatro ocho dos…").

    Returns:
        The six ASCII digits, or Unclear: `codigo_invalido` for digits that are not six in all,
        `codigo_multiple` with the codes as choices, `sin_valor` where no digits are said.
    """
    spelled = _OF_SOMETHING_ELSE.sub(lambda match: "|" * len(match.group()), _undictated(text))
    runs = list(_RUN.finditer(spelled))
    mentions = [mention for run in runs for mention in _codes_in(run)]
    if runs and not mentions:
        return Unclear("codigo_invalido")
    return settle(spelled, mentions, "codigo_multiple")


def _undictated(text: str) -> str:
    """The spelled text with every dictated digit as a digit."""
    spelled = _GLUED_TO_NAME.sub(r"\1 ", spell(text.translate(_KEYCAP)))
    spelled = _THOUSANDS.sub(lambda match: f"{match[1]}{int(match[2] or 0):03}", spelled)
    before = ""
    while before != spelled:
        before, spelled = spelled, _ONE.sub(lambda match: f"{match['before'] or ''}1", spelled)
    return _REPEATED.sub(lambda match: " ".join(match[2] * (2 if match[1] == "doble" else 3)), spelled)


def _codes_in(run: re.Match[str]) -> list[Mention[str]]:
    """The codes of one run of digits: all of it, or those that a mark or their own length parts from the rest."""
    if len(digits := _digits(run.group())) == _LENGTH:
        return [Mention(run.start(), run.end(), digits)]
    tokens = list(re.finditer(r"\d+", run.group()))
    if not all(len(token.group()) == _LENGTH for token in tokens):
        tokens = list(re.finditer(r"\d[^,;]*", run.group()))
    return [
        Mention(run.start() + token.start(), run.start() + token.end(), digits)
        for token in tokens
        if len(digits := _digits(token.group())) == _LENGTH
    ]


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
