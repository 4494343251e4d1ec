"""The help texts an operator edits: their form, and what is said of a file that does not keep to it.

A file is Markdown, `nombre.md`:

    # ¿Cómo cancelo una cita?

    ## Preguntas

    - ¿Cómo anulo mi cita?

    ## Respuesta

    Para cancelar, escríbeme…

`## Preguntas` may be left out. Two files have no answer: `ayuda.md` lists how customers ask for help without saying
what with, and `sin_respuesta.md` what they ask that no text answers. `sinonimos.yml` names words that mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from actions.help.words import Words
from actions.values.spelling import spell

FOLDER = Path(__file__).resolve().parent.parent.parent / "ayuda"
PLEA, UNANSWERED = "ayuda", "sin_respuesta"
SYNONYMS = "sinonimos.yml"
# What is read on a phone in one go, and well within the 1,600 characters that Twilio takes for WhatsApp.
MOST_CHARACTERS = 900
_QUESTIONS, _ANSWER = "Preguntas", "Respuesta"
_RESPONSES = {PLEA: "utter_ayuda", UNANSWERED: "utter_ayuda_sin_respuesta"}
_SECTION = re.compile(r"^##[ \t]+(.+?)[ \t]*$", re.MULTILINE)


class BadHelpText(ValueError):
    """A help text that cannot be used; its message names the file and says what to do."""

    def __init__(self, path: Path, advice: str) -> None:
        super().__init__(f"{path}: {advice}")


@dataclass(frozen=True)
class HelpText:
    """One help text.

    Attributes:
        name: the file's name without `.md`.
        questions: its title, then the other ways to ask.
        text: what is sent; empty for the pleas for help and for what no text answers.
    """

    name: str
    questions: tuple[str, ...]
    text: str

    @property
    def is_plea(self) -> bool:
        """Whether these are the ways to ask for help without saying what with."""
        return self.name == PLEA

    @property
    def is_unanswered(self) -> bool:
        """Whether these are questions that no text answers."""
        return self.name == UNANSWERED


def load_texts(folder: Path = FOLDER) -> tuple[HelpText, ...]:
    """Reads a folder's help texts, by name.

    Raises:
        BadHelpText: a file, or the folder, cannot be used.
    """
    texts = tuple(_parse(path) for path in sorted(folder.glob("*.md")))
    if not any(text.text for text in texts):
        raise BadHelpText(folder, "there is no help text here; write at least one file like citas.md.")
    asked: dict[str, str] = {}
    for text in texts:
        for question in text.questions:
            other = asked.setdefault(plain(question), text.name)
            if other != text.name:
                advice = f"{question!r} is asked in {other}.md too; leave it in one of the two."
                raise BadHelpText(folder / f"{text.name}.md", advice)
    return texts


def load_synonyms(folder: Path = FOLDER) -> Mapping[str, str]:
    """Reads what each synonym counts as; nothing where the folder has no `sinonimos.yml`.

    Raises:
        BadHelpText: the file cannot be used.
    """
    path = folder / SYNONYMS
    if not path.exists():
        return {}
    try:
        groups = yaml.safe_load(_read(path)) or {}
    except yaml.YAMLError as error:
        raise BadHelpText(path, "this is not YAML; write lines like «cita: [turno, reserva]».") from error
    if not isinstance(groups, dict):
        raise BadHelpText(path, "write lines like «cita: [turno, reserva]».")
    words, meant, stood = Words(), dict[str, str](), dict[tuple[str, ...], str]()
    for word, others in groups.items():
        if not isinstance(word, str) or not isinstance(others, list) or not all(isinstance(o, str) for o in others):
            raise BadHelpText(path, f"at {word!r}: write «cita: [turno, reserva]»; words like no and sí in quotes.")
        for other in others:
            if stood.setdefault(tuple(words.terms(other)), word) != word:
                raise BadHelpText(path, f"{other!r} stands for two words; leave it with one of them.")
            meant[other] = word
    if chained := next((word for word in groups if tuple(words.terms(word)) in stood), None):
        raise BadHelpText(path, f"{chained!r} is among the synonyms of {stood[tuple(words.terms(chained))]!r} too.")
    return meant


def plain(question: str) -> str:
    """Gives a question's words alone, in small letters and without accents: what makes two questions one."""
    return " ".join(re.findall(r"\w+", spell(question)))


def _parse(path: Path) -> HelpText:
    head, *parts = _SECTION.split(_read(path))
    title = head.strip()
    if not re.fullmatch(r"#[ \t]+\S.*", title):
        raise BadHelpText(path, "begin with one line «# ¿Pregunta?», and write nothing else above the sections.")
    sections: dict[str, str] = {}
    for name, content in zip(parts[::2], parts[1::2], strict=True):
        if name not in (_QUESTIONS, _ANSWER) or name in sections:
            advice = f"«## {name}» is not expected; use «## {_QUESTIONS}» and «## {_ANSWER}», once each."
            raise BadHelpText(path, advice)
        sections[name] = content.strip()
    questions = (title.lstrip("# \t"), *_listed(path, sections.get(_QUESTIONS, "")))
    return HelpText(path.stem, questions, _answer(path, sections.get(_ANSWER, "")))


def _listed(path: Path, lines: str) -> Sequence[str]:
    questions = [line.strip() for line in lines.splitlines() if line.strip()]
    for question in questions:
        if not re.match(r"[-*] *\S", question):
            advice = f"under «## {_QUESTIONS}» every line begins with «- », unlike {question!r}."
            raise BadHelpText(path, advice)
    return [question[1:].strip() for question in questions]


def _answer(path: Path, text: str) -> str:
    if response := _RESPONSES.get(path.stem):
        if text:
            raise BadHelpText(path, f"it needs no «## {_ANSWER}»: {response} in domain.yml is sent.")
        return text
    if not text:
        raise BadHelpText(path, f"write what is to be sent under «## {_ANSWER}».")
    if len(text) > MOST_CHARACTERS:
        advice = f"the answer has {len(text)} characters; shorten it to {MOST_CHARACTERS}, or make it two files."
        raise BadHelpText(path, advice)
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadHelpText(path, "save it as UTF-8.") from error
