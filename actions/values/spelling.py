"""WhatsApp spelling brought to one form, the only one that the readers' tables know.

The form is lower case, without accents (ñ stays), abbreviations written out, number words as digits and the
marks glued to digits ("3pm", "18h30") parted. Ids, e-mails and digits are never changed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from actions.values.numerals import with_digits

WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip

_SPELLINGS = {
    "mañana": "manana mñna mñn mñana mnn mñ mañ mañna manna maniana mñnaa mannana mañan mañna magnana mnana",
    "tarde": "trde tarrde tade tarder",
    "noche": "noxe nche noshe nohe nochee noce",
    "madrugada": "madruga madrugda",
    "hoy": "oy hoi ohy",
    "pasado": "pasao psado",
    "semana": "sem smana semna seman",
    "siguiente": "sig sgte sgt sigiente siguente",
    "proximo": "prox prx proxim proxmo prócimo procimo",
    "proxima": "proxma procima",
    "finde": "findesemana finsemana findee",
    "lunes": "lun lune lunez luns lunes",
    "martes": "martez marte martess marts mrtes",
    "miercoles": "mier mie mierc miercole mierkoles miercolez",
    "jueves": "jue juev juebes jueve juevez juves",
    "viernes": "vie vier vierne viernez biernes bierne",
    "sabado": "sab sbado savado sabados zabado sábdo",
    "domingo": "dom domigo domingos domngo",
    "que": "q k ke qe",
    "porque": "xq pq xk porq",
    "por": "x xr",
    "para": "pa xa pra",
    "esta": "sta",
    "este": "ste",
    "de": "d",
    "tambien": "tmb tb tmbn tambn",
    "quiero": "kiero qiero kero",
    "minutos": "min mins minuto minutitos mnts",
    "hrs": "hr hs",
    "hora": "hra ora horita",
    "horas": "hras oras horitas",
    "dia": "dya",
    "dias": "dyas",
    "año": "ano anio",
    "años": "anos anios",
    "niño": "nino",
    "mediodia": "mediodía",
    "dolares": "dolar dls dlls dlrs dolars dollares dollars dolarucos dolaritos",
    "euros": "euro eurillos eurito euritos euros",
    "pesos": "peso peshos pesitos pesito pesitoss",
    "soles": "sol solcitos solecitos solcito",
    "por favor": "porfa porfis plis pls porfavor xfa xfis porfi",
    "de la": "dela",
    "a las": "alas",
    "a la": "ala",
}  # fmt: skip
_WORDS = {typed: right for right, forms in _SPELLINGS.items() for typed in forms.split()}
# Whole words one letter away from these are misspellings of them; shorter names have neighbours that are
# words.
_FUZZY = tuple(word for word in (*WEEKDAYS, *MONTHS) if len(word) >= 6 and word != "martes")
_PHRASES = (
    (re.compile(r"\bbuen(?:os|as)? (?:dias?|tardes?|noches?)\b"), "hola"),
    (re.compile(r"\bmedio ?dia\b"), "mediodia"),
    (re.compile(r"\bmedia ?noche\b"), "medianoche"),
    (re.compile(r"\bpasado ?mañana\b"), "pasado mañana"),
    (re.compile(r"\bfin(?:es)? de semana\b"), "finde"),
    (re.compile(rf"\bpal (?=dia|finde|\d|{'|'.join(WEEKDAYS)})"), "para el "),
    (re.compile(r"\bmañana (y|o) pasado\b(?! mañana)"), r"mañana \1 pasado mañana"),
    (re.compile(r"(\bmañana\b.*\b(?:mejor|sino|digo|sea)) pasado\b(?! mañana)"), r"\1 pasado mañana"),
    (re.compile(r"\bm\. ?n\.?(?!\w)"), "mn"),
    (
        re.compile(rf"(?<![\w/.-])(\d{{1,2}}) (o|u|y) (?:el )?(\d{{1,2}}) (de (?:{'|'.join(MONTHS)}))\b"),
        r"\1 \4 \2 \3 \4",
    ),
    (re.compile(r"\b((?:el|dia) \d{1,2}) (o|u|y) (?=\d{1,2}(?!\d|[:/]| ?(?:am|pm|hrs|horas|de)\b))"), r"\1 \2 el "),
    (re.compile(r"\bde el\b"), "del"),
    (re.compile(r"\ba el\b"), "al"),
    (re.compile(r"\bpunto de las\b"), "las"),
    (re.compile(r"(?<![\w/.-])(?:del )?(\d{1,2}) ?(?:-|al) ?(\d{1,2}) (?=del? [a-z]{4})"), r"del \1 al \2 "),
    (re.compile(r"(?<![\w/.-])(?<!del )(\d{1,2}) al (?=\d{1,2}\b)"), r"del \1 al "),
)
_KEEP_ENYE = str.maketrans({"ñ": "\0"})
_RESTORE_ENYE = str.maketrans({"\0": "ñ"})
_DIGIT_SUFFIXES = re.compile(
    r"(?<![\w-])(\d+(?:[.:,]\d+)?)(a\.?m|p\.?m|hrs?|hs|h|horas?|mins?|minutos|de|pesos|usd|mxn"
    r"|cop|ars|clp|pen|eur"
    r"|euros?|dolares|soles|lucas|dls|k)(?![a-zñ\d])"
)


def _plain(text: str) -> str:
    """Lower case, no accents but ñ, no decoration, no letter three times in a row."""
    text = unicodedata.normalize("NFC", text).lower().translate(_KEEP_ENYE)
    text = re.sub(r"(\d) ?[ºª°]", r"\1", text)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_RESTORE_ENYE)
    text = re.sub(r"[¡¿\"'’‘“”«»()\[\]*_~`\u200b-\u200f\u2060\ufe0f]", " ", text)
    text = re.sub(r"[–—−]", "-", text)
    return re.sub(r"([a-zñ])\1{2,}", r"\1", text)


def one_edit_apart(typed: str, word: str) -> bool:
    """Tell whether one letter, not the first, added, left out, changed or swapped makes the word."""
    if typed == word or typed[0] != word[0] or abs(len(typed) - len(word)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(word)) and typed[start] == word[start]:
        start += 1
    left, right = typed[start:], word[start:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or left == right[1::-1] + right[2:]


def _spelled(match: re.Match[str]) -> str:
    typed = match.group()
    if typed in ("k", "x") and re.search(r"\d $", match.string[: match.start()]):
        return typed
    if typed in _WORDS:
        return _WORDS[typed]
    if len(typed) < 5 or typed in MONTHS or typed in WEEKDAYS:
        return typed
    return next((word for word in _FUZZY if one_edit_apart(typed, word)), typed)


@lru_cache(maxsize=512)
def spell(text: str) -> str:
    """Bring a message to the one spelling that the readers know, keeping its punctuation and digits."""
    text = _plain(text)
    text = re.sub(r"(?<![\w-])(\d{1,2}) ?h ?(\d{2})(?!\d)", r"\1:\2", text)
    text = _DIGIT_SUFFIXES.sub(r"\1 \2", text)
    text = re.sub(r"(?<=\d) ?([ap])\.? ?m\b\.?", r" \1m", text)
    text = re.sub(r"(\d) ?(?:ero|ro|er|do)\b", r"\1", text)
    text = re.sub(r"\balas?(?=\d)", "a las ", text)
    text = re.sub(r"(?<![\w@.-])[a-zñ]+(?![\w@-])", _spelled, text)
    text = re.sub(r"\s+", " ", text).strip()
    for pattern, phrase in _PHRASES:
        text = pattern.sub(phrase, text)
    return with_digits(text)


_FILLER = re.compile(
    r"\b(?:hola|por favor|gracias|oye|bueno|pues|ok|eh+|m+|este|para|seria|serian|es|son|creo"
    r"|que|mi|quiero|quisiera"
    r"|el|la|las|los|a|de|numero|nro|no\.|num|como|solo|solamente|unos|unas|ponle|pon|digamos"
    r"|entonces|si|claro)\b"
)


def alone(text: str) -> str:
    """What remains of a spelled text without the words that only carry an answer ("pues para 2" → "2")."""
    return re.sub(r"\s+", " ", _FILLER.sub(" ", text)).strip(" .,;:!?")


def blank(text: str, spans: list[tuple[int, int]]) -> str:
    """Overwrite the spans with spaces, so that another reader does not see them and offsets stay."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
