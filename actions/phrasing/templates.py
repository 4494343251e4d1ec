"""The responses of domain.yml, as the model is to reword them."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DOMAIN = Path(__file__).resolve().parent.parent.parent / "domain.yml"
PLACEHOLDER = re.compile(r"\{([^{}\n]+)\}")


@dataclass(frozen=True)
class Template:
    """One response text.

    Attributes:
        text: the words, with `{fact}` in place of facts.
        exact: whether it must go out as it is.
    """

    text: str
    exact: bool


@lru_cache(maxsize=1)
def load_templates(path: Path = DOMAIN) -> Mapping[str, tuple[Template, ...]]:
    """Reads every response of the domain, by name."""
    domain: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        name: tuple(
            Template(variation["text"].strip(), _is_exact(variation, variations))
            for variation in variations
            if "text" in variation
        )
        for name, variations in domain["responses"].items()
    }


def _is_exact(variation: Mapping[str, Any], variations: Sequence[Mapping[str, Any]]) -> bool:
    # Buttons belong to the words above them, so a response that has some goes out as written. Which of several holds
    # under their conditions only Rasa knows.
    is_conditional = any("condition" in one for one in variations)
    return bool((variation.get("metadata") or {}).get("exact") or variation.get("buttons") or is_conditional)


def choose(name: str) -> Template | None:
    """Picks one of a response's variations; None for a response without text."""
    variations = load_templates().get(name)
    return random.choice(variations) if variations else None  # noqa: S311  (variety, not security)
