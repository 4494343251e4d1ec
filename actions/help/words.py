"""What of a Spanish text counts for finding it: stems without endings, accents and the slips of WhatsApp spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

from actions.values.spelling import one_edit_apart, spell

# Articles, pronouns, auxiliaries, courtesies: what is said whatever one asks about. Question words stay, because often
# they are all that tells two questions apart ("dónde están", "quién eres").
_STOP = """
    a aca ahi al algo alla alli ante aqui asi aun bien buenas bueno buenos claro como con contra cosa cosas cual
    cuales dame dan dar darme das de del den denme desde dia dias disculpa disculpe doy e el ella ellas ellos en
    entonces entre era es esa esas ese eso esos esta estas este esto estos estoy favor fue gracias gustaria ha
    hace hacen hacer haga hagan hago han has hay he hola i idea ir jaja jajaja la las le les lo los mas me mi
    mio mis mucho muy nada ni no nos nosotros o oiga ok os otra otro oye para pero podeis podemos poder podes
    podria podrian podrias por porque posible puede pueden puedes puedo pues que queria quiere quieren quieres
    quiero quisiera saber sabes se sea ser si sin sobre solo son soy su sus tal tambien tan te teneis tenemos
    tener tenes tengo ti tiene tienen tienes toca todo todos tu tus un una unas uno unos usted ustedes va vamos
    van vos voy y ya yo
"""
STOP_WORDS = frozenset(_STOP.split())
# Said to be kind, before and after the question.
_COURTESY = re.compile(
    r"\b(hola+|holis|buen[oa]?s? (dias?|tardes?|noches?)|buenas|que tal|por favor|porfa(vor)?|porfis|xfa|xfis|pli[sz]"
    r"|pls|please|(muchas )?gracias|disculp(a|e|en)|oiga|oye|oigan|che|estimad[oa]s?|saludos)\b"
)
_LEAST_HEARD = 4
_REMEMBERED = 4096
# Shorter stems have neighbours that are other words.
_LEAST_SLIP, _LEAST_ENDING = 6, 5
_SOUNDS = (
    (re.compile(r"qu(?=[ei])|c(?![eihz])|q"), "k"),
    (re.compile(r"c(?=[ei])|z"), "s"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"(?<!c)h"), ""),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"(.)\1+"), r"\1"),
)


class Words:
    """Reads texts into terms; made from what each synonym, a word or several, counts as."""

    def __init__(self, synonyms: Mapping[str, str] | None = None) -> None:
        stemmer = snowballstemmer.stemmer("spanish")
        # The stemmer is most of the work, and the same words come again and again.
        self._stem: Callable[[str], str] = lru_cache(_REMEMBERED)(lambda word: sound(stemmer.stemWord(word)))
        # Misspelled, the short ones are other words: "vos" sounds like "voz".
        self._stop = STOP_WORDS | {sound(word) for word in STOP_WORDS if len(word) >= _LEAST_HEARD}
        said = {tuple(self.stems(said)): self.stems(meant) for said, meant in (synonyms or {}).items()}
        self._synonyms = {stems: meant for stems, meant in said.items() if stems}
        self._longest = max(map(len, self._synonyms), default=0)

    @property
    def known(self) -> frozenset[str]:
        """The stems that synonyms are made of."""
        return frozenset(stem for stems in self._synonyms for stem in stems)

    def terms(self, text: str) -> list[str]:
        """Gives a text's terms in their order, without the words that say nothing of its subject."""
        return self.merge(self.stems(text))

    def stems(self, text: str) -> list[str]:
        """Gives a text's stems in their order, without the words that say nothing of its subject."""
        return self._stems(word for word in _read(text) if not {word, sound(word)} & self._stop)

    def every_stem(self, text: str) -> list[str]:
        """Gives the stems of all of a text's words in their order."""
        return self._stems(_read(text))

    def spoken(self, text: str) -> list[str]:
        """Gives all of a text's words by their sound."""
        return [sound(word) for word in _read(text)]

    def merge(self, stems: Sequence[str]) -> list[str]:
        """Gives the stems with each synonym as what it counts as."""
        terms: list[str] = []
        start = 0
        while start < len(stems):
            for length in range(min(self._longest, len(stems) - start), 0, -1):
                if meant := self._synonyms.get(tuple(stems[start : start + length])):
                    terms += meant
                    break
            else:
                length = 1
                terms.append(stems[start])
            start += length
        return terms

    def _stems(self, words: Iterable[str]) -> list[str]:
        return [self._stem(word) for word in words]


def _read(text: str) -> list[str]:
    return re.findall(r"[a-zñ]+", _COURTESY.sub(" ", spell(text)))


@lru_cache(_REMEMBERED)
def sound(word: str) -> str:
    """Gives a word by its sound, so that "sita", "canselar" and "reserbar" are "cita", "cancelar" and "reservar"."""
    for pattern, by in _SOUNDS:
        word = pattern.sub(by, word)
    return word


def nearest(term: str, known: Iterable[str]) -> str | None:
    """Gives the known term that an unknown one most likely is: one slip away, or with another ending.

    None where there is none, or where two are as likely.
    """
    if len(term) < _LEAST_SLIP:
        return None
    others = [other for other in known if len(other) >= _LEAST_ENDING]
    slips = [other for other in others if one_edit_apart(term, other)]
    if slips:
        return slips[0] if len(slips) == 1 else None
    return max((other for other in others if term.startswith(other)), key=len, default=None)
