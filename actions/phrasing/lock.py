"""The fact lock: what a language model made of a text is sent only if it says the same and nothing else.

Facts leave as tokens and must come back, each once and in order, introduced as in the text. Of the words around them
only those of the text, their synonyms and words of courtesy may be used (`vocabulary.yml`), and what is denied must
stay denied. So nothing can be added, whatever the model makes up; what remains possible is to be dull, or clumsy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from actions.errors import PhrasingError
from actions.phrasing.scope import Order, Scope, is_passage
from actions.phrasing.signs import bare, check_signs
from actions.phrasing.style import Style
from actions.phrasing.templates import load_templates
from actions.phrasing.tokens import TOKEN, Locked, lock
from actions.phrasing.vocabulary import Phrase, Phrases, Vocabulary, in_both_forms, load_vocabulary, words_of
from actions.phrasing.wording import Wording, joined, read

# Bounds of a rewording's length: so many times that of the text, and so many characters more.
_LONGEST, _ROOM, _SHORTEST = 1.8, 100, 0.4
# What may stand before a fact of a kind (`fue_el`: two words), besides what stands before it in the text.
_INTRODUCTIONS = {
    "fecha": "el al del día",
    "hora": "las",
    "dias": "con de máximo hasta",
    "cita_id": "cita sesión número folio es : la ,",
    "solicitud_id": "solicitud número folio es : la ,",
    "asunto": ", ( sobre",
    "email": "de correo :",
    "monto": "de es por : cuesta son",
    "actualizada": "del es : fue_el vez_el es_el actualizó_el",
    "enlace": "enlace liga link aquí :",
    "referencia": "referencia es :",
    "nombre": "es a como : hola",
    "teléfono": "es a como :",
    "fecha_nacimiento": "es a como : el",
}
_WHEN_IT_WAS = ("tenías_el", "realizó_el", "hizo_el", "cabo_el", "lugar_el", "para_el")
_INTRODUCED = re.compile(r"(?:(?:([^\W\d_]+) +)?([^\W\d_]+|[^\w\s]))?\s*[«\"¡¿]?\s*" + TOKEN.pattern)


@dataclass(frozen=True)
class Lock:
    """Holds rewordings of one text to it.

    Attributes:
        locked: the text, with tokens.
        style: how the assistant sounds.
    """

    locked: Locked
    style: Style

    def checked(self, reworded: str) -> str:
        """Gives a rewording as it may be sent, still with the tokens.

        Raises:
            PhrasingError: when it may not be sent; the code says why.
        """
        text = bare(reworded)
        self._check_length(text)
        said = read(text, self._phrases, self._vocabulary)
        spoken = joined(said, self._vocabulary)
        self._whole.check_language(spoken)
        self._check_facts(text)
        check_signs(text, self.locked.text, self.style.emojis, self.style.emojis_por_mensaje)
        if _questions(text) != _questions(self.locked.text):
            raise PhrasingError("question")
        self._check_address(text)
        self._whole.check(spoken)
        self._order.check(said)
        return text

    def _check_length(self, text: str) -> None:
        if not text:
            raise PhrasingError("empty")
        if len(text) > len(self.locked.text) * _LONGEST + _ROOM:
            raise PhrasingError("too_long")
        if len(text) < len(self.locked.text) * _SHORTEST:
            raise PhrasingError("too_short")

    def _check_facts(self, text: str) -> None:
        tokens = [int(number) for number in TOKEN.findall(text)]
        wanted = list(range(1, len(self.locked.pieces) + 1))
        if tokens != wanted:
            raise PhrasingError(_what_happened(tokens, wanted))
        for number, word, both in _introductions(text):
            if self._introductions[number].isdisjoint([word, both]):
                raise PhrasingError("fact_role")

    def _check_address(self, text: str) -> None:
        is_formal = self.style.trato == "usted"
        wrong = self._vocabulary.formal.keys() if is_formal else self._vocabulary.only_formal
        words = words_of(TOKEN.sub(" ", text))
        if wrong & set(words):
            raise PhrasingError("address")
        # "su" is also said of things, but not where the text says "tu".
        if not is_formal and self._yours.intersection(pairwise(words)):
            raise PhrasingError("address")

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return load_vocabulary()

    @cached_property
    def _phrases(self) -> Phrases:
        known, own = self._vocabulary, words_of(TOKEN.sub(" ", self.locked.text))
        added = in_both_forms(self.style.frases, known.formal)
        every = dict.fromkeys((*known.phrases, *known.joys, *added), True)
        # "Me alegra contarte que…" goes on.
        every.update(dict.fromkeys((it for it in known.joys if it[-1] == "que"), False))
        every.update(dict.fromkeys((*known.leads, *known.regrets), False))
        for word in own:
            every.update(known.occasions.get(word, {}))
        found: dict[str, list[tuple[Phrase, bool]]] = {}
        for phrase in sorted(every, key=lambda it: (-len(it), it)):
            found.setdefault(phrase[0], []).append((phrase, every[phrase]))
        return found

    @cached_property
    def _yours(self) -> frozenset[tuple[str, str]]:
        """What the text says "tu" of, as it would be said to usted or of others."""
        words = words_of(TOKEN.sub(" ", self.locked.text))
        pairs = list(pairwise(words))
        return frozenset(
            (its, noun) for its, your in (("su", "tu"), ("sus", "tus")) for it, noun in pairs if it == your
        )

    @cached_property
    def _sentences(self) -> Sequence[Wording]:
        return read(self.locked.text, self._phrases, self._vocabulary)

    @cached_property
    def _whole(self) -> Scope:
        source = joined(self._sentences, self._vocabulary)
        return Scope(source, self._vocabulary, self._added, is_passage(self._sentences))

    @cached_property
    def _order(self) -> Order:
        return Order(self._sentences, self._vocabulary, self._added)

    @cached_property
    def _added(self) -> frozenset[str]:
        return frozenset(word.lower() for word in self.style.palabras)

    @cached_property
    def _introductions(self) -> dict[int, frozenset[str]]:
        """What may stand before each fact."""
        allowed: dict[int, frozenset[str]] = {}
        for number, word, both in _introductions(self.locked.text):
            kind = self.locked.pieces[number - 1].kind
            same = self._vocabulary.said_for(frozenset([word]))
            usual = _INTRODUCTIONS.get(kind, "").split()
            allowed[number] = frozenset([word, *same, *usual])
            if both == "asistente_de":
                # "bienvenida a" the practice whose assistant it is.
                allowed[number] |= {"a", "con"}
            if kind == "fecha" and both == "para_el":
                # "para el" says when it will be, "del" when it was to be.
                allowed[number] -= {"del"}
            if kind == "fecha" and word == "del":
                # "cancelada el" says when that was done.
                allowed[number] = frozenset([word, *_WHEN_IT_WAS])
        return allowed


def check_style(style: Style) -> str | None:
    """Gives what is wrong with a style's words and examples, None where nothing is."""
    known = load_vocabulary()
    for word in (*style.palabras, *(word for phrase in style.frases for word in words_of(phrase))):
        if word.lower() in known.negators | known.operators or any(word in group for group in known.kept):
            return f"«{word}» says something that only domain.yml may say; leave it out of palabras and frases"
    for example in style.ejemplos:
        variations = [it for it in load_templates().get(example.respuesta, ()) if not it.exact]
        if not variations:
            return f"ejemplos: {example.respuesta} is no response of domain.yml that may be reworded"
        reasons = [_refusal(Lock(lock(it.text), style), example.texto) for it in variations]
        if all(reasons):
            why = ", ".join(filter(None, reasons))
            return f"ejemplos: {example.respuesta}: «{example.texto}» would not be sent: {why}"
    return None


def _refusal(held: Lock, text: str) -> str | None:
    try:
        held.checked(held.locked.tokenised(text))
    except PhrasingError as error:
        return error.code
    return None


def _what_happened(tokens: list[int], wanted: list[int]) -> str:
    if set(tokens) - set(wanted):
        return "fact_unknown"
    if set(wanted) - set(tokens):
        return "fact_lost"
    return "fact_repeated" if len(tokens) > len(wanted) else "facts_moved"


def _questions(text: str) -> list[list[str]]:
    """Gives for each question the facts in it."""
    asked = (part.rpartition("¿")[2] for part in re.split(r"(?<=[?.!\n])", text) if part.endswith("?"))
    return [TOKEN.findall(question) for question in asked]


def _introductions(text: str) -> Iterator[tuple[int, str, str]]:
    """Gives each fact's number, the word or sign before it, and the two words before it."""
    for found in _INTRODUCED.finditer(text):
        before, word = (found[1] or "").lower(), (found[2] or "").lower()
        yield int(found[3]), word, f"{before}_{word}"
