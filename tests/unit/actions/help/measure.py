"""How well the help texts answer the corpus: `python -m tests.unit.actions.help.measure [ajuste|prueba] [--wrong]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from actions.help.search import HelpSearch, get_help

CORPUS = Path(__file__).parent / "corpus"
NOTHING = "ninguna"


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
        unknown: the part of the unanswerable that were said to be.
    """

    right: float
    wrong: float
    unknown: float


def load(half: str) -> list[Case]:
    """Gives one half of the corpus, `ajuste` or `prueba`."""
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
    return Figures(right / len(answerable), wrong / len(answerable), others.count(NOTHING) / len(others))


def _thresholds(search: HelpSearch, cases: Iterable[Case]) -> Iterable[str]:
    ranked = [(case, search.rank(case.question)[0]) for case in cases if search.terms(case.question)]
    for step in range(10, 26):
        least = step * 0.1
        sent = {case.question: best.text.name for case, best in ranked if best.evidence >= least}
        figures = measure((case for case, _ in ranked), lambda question, sent=sent: sent.get(question, NOTHING))
        yield f"{least:5.2f}  right {figures.right:.3f}  wrong {figures.wrong:.3f}  unknown {figures.unknown:.3f}"


def main() -> None:
    """Prints figures, and of the half `ajuste` what each threshold would give and what goes wrong."""
    half = next((a for a in sys.argv[1:] if not a.startswith("-")), "ajuste")
    search, cases = get_help(), load(half)
    print(half, measure(cases, lambda question: name(search, question)))  # noqa: T201
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
