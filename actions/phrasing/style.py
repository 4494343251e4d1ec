"""How the assistant sounds: `estilo.yml`, which an operator edits, checked as the server starts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError

STYLE = Path(__file__).resolve().parent.parent.parent / "estilo.yml"


class StyleError(ValueError):
    """The file cannot be used; the message says where and why."""


class Example(BaseModel):
    """A response of domain.yml as it would be said in this style, with `{fact}` in place of facts."""

    respuesta: str
    texto: str = Field(min_length=1, max_length=1000)

    class Config:
        """Nothing else is known."""

        extra = Extra.forbid
        frozen = True


class Style(BaseModel):
    """How the assistant sounds.

    Attributes:
        voz: what the model is told of the voice, in one or two sentences.
        trato: how customers are spoken to.
        emojis: those that may be used; none means none.
        emojis_por_mensaje: how many at most.
        tono_del_cliente: whether the model hears how the customer sounds.
        variantes: how many rewordings of a text are kept, to be taken in turn.
        palabras: further words that only sound nice.
        frases: the same of several words.
        ejemplos: what the model is shown.
    """

    voz: str = Field(min_length=1, max_length=500)
    trato: Literal["tú", "usted"] = "tú"
    emojis: tuple[str, ...] = ()
    emojis_por_mensaje: int = Field(default=1, ge=0, le=5)
    tono_del_cliente: bool = True
    variantes: int = Field(default=3, ge=1, le=20)
    palabras: tuple[str, ...] = ()
    frases: tuple[str, ...] = ()
    ejemplos: tuple[Example, ...] = ()

    class Config:
        """A misspelt key is a mistake, and nobody changes a style once it is read."""

        extra = Extra.forbid
        frozen = True


def read_style(path: Path) -> Style:
    """Reads a file, without looking into what its examples say.

    Raises:
        StyleError: when it cannot be read, or holds what is not known.
    """
    try:
        return Style(**(yaml.safe_load(path.read_text(encoding="utf-8")) or {}))
    except (OSError, yaml.YAMLError, TypeError) as exc:
        raise StyleError(f"{path.name}: {exc}") from exc
    except ValidationError as exc:
        problems = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors())
        raise StyleError(f"{path.name}: {problems}") from exc


@lru_cache(maxsize=8)
def load_style(path: Path = STYLE) -> Style:
    """Reads a file, and tries its words and examples against the lock.

    Raises:
        StyleError: when it cannot be used.
    """
    # The lock is made from a style.
    from actions.phrasing.lock import check_style

    style = read_style(path)
    if problem := check_style(style):
        raise StyleError(f"{path.name}: {problem}")
    return style
