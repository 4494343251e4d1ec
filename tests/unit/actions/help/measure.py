"""How well the help texts answer: `python -m tests.unit.actions.help.measure [ajuste|prueba|nuevas] [--wrong]`.

`ajuste`, the default, is what weights and threshold are chosen by; it also shows what becomes of the texts' own
questions when they are left out, and of those that no text answers when none is listed. `prueba` and `nuevas` are for
the end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from actions.help.search import Candidate, HelpSearch, get_help
from actions.help.texts import load_synonyms, load_texts

CORPUS = Path(__file__).parent / "corpus"
NOTHING = "ninguna"
_FOLDS = 10


@dataclass(frozen=True)
class Case:
    """A question and the help text that answers it."""

    question: str
    expected: str


@dataclass(frozen=True)
class Figures:
    """What became of a corpus.

    Attributes:
        right: the part of the answerable that got their text.
        wrong: the part of the answerable that got another one.
        unknown: the part of the unanswerable that got none.
    """

    right: float
    wrong: float
    unknown: float

    def __str__(self) -> str:
        """Gives the three as percentages."""
        return f"{self.right:6.1%} {self.wrong:6.1%} {self.unknown:6.1%}"


def offered(search: HelpSearch, cases: Iterable[Case]) -> tuple[float, float]:
    """Gives the part of the answerable whose text is sent or offered, and of the unanswerable that are offered one."""
    answers = [(case, search.find(case.question)) for case in cases]
    near = [
        (case.expected, [it.name for it in ([found] if found else search.near(case.question))])
        for case, found in answers
    ]
    reached = [expected in names for expected, names in near if expected != NOTHING]
    misled = [bool(names) for expected, names in near if expected == NOTHING]
    return sum(reached) / len(reached), sum(misled) / len(misled)


def load(half: str) -> list[Case]:
    """Gives one part of the corpus: `ajuste`, `prueba` or `nuevas`."""
    groups = yaml.safe_load((CORPUS / f"{half}.yml").read_text(encoding="utf-8"))
    return [Case(question, expected) for expected, questions in groups.items() for question in questions]


def name(search: HelpSearch, question: str) -> str:
    """Gives the name of the text that is sent."""
    found = search.find(question)
    return found.name if found else NOTHING


def measure(cases: Iterable[Case], answer: Callable[[str], str]) -> Figures:
    """Counts what became of the questions."""
    answers = [(case.expected, answer(case.question)) for case in cases]
    answerable = [(expected, got) for expected, got in answers if expected != NOTHING]
    others = [got for expected, got in answers if expected == NOTHING]
    right = sum(expected == got for expected, got in answerable)
    wrong = sum(got not in (expected, NOTHING) for expected, got in answerable)
    return Figures(
        right / (len(answerable) or 1), wrong / (len(answerable) or 1), others.count(NOTHING) / (len(others) or 1)
    )


def left_out() -> Iterator[tuple[Case, Candidate]]:
    """Gives the texts' own questions, but titles, with what answers them best when they are not listed."""
    texts, synonyms = load_texts(), load_synonyms()
    for fold in range(_FOLDS):
        kept = [[q for i, q in enumerate(text.questions) if not i or i % _FOLDS != fold] for text in texts]
        search = HelpSearch(
            [replace(text, questions=tuple(own)) for text, own in zip(texts, kept, strict=True)], synonyms
        )
        for text, own in zip(texts, kept, strict=True):
            for question in set(text.questions).difference(own):
                yield Case(question, NOTHING if text.is_unanswered else text.name), search.rank(question)[0]


def unheard() -> Iterator[tuple[Case, Candidate]]:
    """Gives the questions that no text answers with what answers them best when none of them is listed."""
    texts = load_texts()
    search = HelpSearch([text for text in texts if not text.is_unanswered], load_synonyms())
    for text in texts:
        for question in text.questions if text.is_unanswered else ():
            yield Case(question, NOTHING), search.rank(question)[0]


def at(least: float, ranked: Sequence[tuple[Case, Candidate]]) -> Figures:
    """Gives what becomes of questions where a text is sent from this evidence on."""
    best = {case.question: one for case, one in ranked}
    cases = [case for case, _ in ranked]

    def answer(question: str) -> str:
        one = best[question]
        return one.text.name if one.evidence >= least and not one.text.is_unanswered else NOTHING

    return measure(cases, answer)


def _thresholds(search: HelpSearch, cases: Iterable[Case]) -> Iterator[str]:
    adjusted = [(case, search.rank(case.question)[0]) for case in cases]
    own, new = list(left_out()), list(unheard())
    yield "sent from   ajuste                    questions left out        unanswered, none listed"
    for step in range(30, 75, 5):
        least = step / 100
        first, second, third = at(least, adjusted), at(least, own), at(least, new)
        yield f"{least:9.2f}   {first}   {second}   {third.unknown:.1%}"


def main() -> None:
    """Prints figures, and of the half `ajuste` what each threshold would give and what goes wrong."""
    half = next((a for a in sys.argv[1:] if not a.startswith("-")), "ajuste")
    search, cases = get_help(), load(half)
    print("right, wrong, known to be unanswered; right if offered, unanswerable that are sent or offered one")  # noqa: T201
    told = " ".join(f"{part:6.1%}" for part in offered(search, cases))
    print(half, measure(cases, lambda question: name(search, question)), f"; {told}")  # noqa: T201
    if half == "ajuste":
        print("\n".join(_thresholds(search, cases)))  # noqa: T201
    if "--wrong" in sys.argv:
        for case in cases:
            if (got := name(search, case.question)) != case.expected:
                best = search.rank(case.question)[:3]
                table = ", ".join(f"{one.text.name} {one.evidence:.2f}" for one in best)
                print(f"{case.expected:>15} <- {got:<15} {case.question}   [{table}]")  # noqa: T201


if __name__ == "__main__":
    main()
