"""Shows the operator which help texts compete for a question: `python -m actions.help "¿cómo pago?"`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from actions.help.search import ENOUGH, HelpSearch, get_help
from actions.help.texts import FOLDER, BadHelpText, plain

_SHOWN = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks the help texts and, given a question, tells what is sent and why; 1 where a file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m actions.help", description=main.__doc__)
    parser.add_argument("question", nargs="*", help="what a customer may write; without it, only the files are checked")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the help texts are (default: ayuda/)")
    told = parser.parse_args(arguments)
    try:
        search = get_help(told.folder)
    except BadHelpText as error:
        sys.stderr.write(f"{error}\n")
        return 1
    question = " ".join(told.question)
    sys.stdout.write(explain(search, question) if question else f"{len(search.texts)} help texts, all well.\n")
    return 0


def explain(search: HelpSearch, question: str) -> str:
    """Gives a table of the texts that compete for a question, and the answer."""
    ranked = search.rank(question)[:_SHOWN]
    rows = [f"  {one.score:6.2f} {one.evidence:9.2f}  {one.text.name}.md" for one in ranked]
    lines = [f"   score  evidence  text          (sent from {ENOUGH} on)", *rows]
    if unknown := search.unknown(question):
        lines.append(f"In no text: {', '.join(unknown)}")
    if plain(question) in search.listed:
        lines.append("Listed word for word.")
    found = search.find(question)
    if found is None:
        near = [f"{text.name}.md" for text in search.near(question)]
        lines.append(f"Offered: {', '.join(near)}" if near else "Sent: utter_ayuda_sin_respuesta")
    elif found.is_plea:
        lines.append("Sent: utter_ayuda")
    else:
        lines += [f"Sent: {found.name}.md", "", found.text]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
