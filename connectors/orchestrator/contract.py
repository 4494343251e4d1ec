"""The contract of the admin API: what `contract/orchestrator.yaml` says of a request is what is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from connectors.database import PROJECT_ROOT
from connectors.errors import Problem

FILE = PROJECT_ROOT / "contract" / "orchestrator.yaml"
MAX_FIELDS = 50

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_WORDS = {"true": True, "false": False}

Schema = Mapping[str, Any]


class Contract:
    """Reads requests as the document describes them.

    Args:
        file: The OpenAPI document.
    """

    def __init__(self, file: Path = FILE) -> None:
        self.text = file.read_text(encoding="utf-8")
        self._document: dict[str, Any] = yaml.safe_load(self.text)

    def query(self, path: str, query: bytes, select: str) -> dict[str, Any]:
        """Return the parameters of a query by name, with the types that the document gives them.

        Which parameters there may be depends on one of them: the document lists them below its values, in
        `x-parameters`.

        Args:
            path: The path's template.
            query: What follows the question mark.
            select: The name of the parameter that says which others there may be.

        Raises:
            Problem: 400 for what the document does not describe.
        """
        pairs = _pairs(query)
        known = {one["name"]: one for one in self._operation(path, "get")["parameters"]}
        _know([name for name, _ in pairs], list(known))
        given = {name: self._value(value, known[name]) for name, value in pairs}
        choice = known[select]["schema"]
        if select not in given:
            raise _invalid(f"`{select}` is missing: one of {_listed(choice['enum'])}.")
        fitting = [select, *choice["x-parameters"][given[select]]]
        if set(given) - set(fitting):
            detail = f"With `{select}={given[select]}` the parameters are {_listed(fitting)}."
            raise Problem(400, "parameter_unfitting", detail)
        return given

    def no_query(self, query: bytes) -> None:
        """Make sure that there are no parameters.

        Raises:
            Problem: 400 for any.
        """
        _know([name for name, _ in _pairs(query)], [])

    def body(self, path: str, content: Any) -> dict[str, Any]:
        """Return a request's JSON if it is as the document says.

        Raises:
            Problem: 400 with where it is not, in words that quote none of it.
        """
        schema = self._operation(path, "post")["requestBody"]["content"]["application/json"]["schema"]
        if "discriminator" in schema:
            # Said of the variant that was meant, an error can be understood.
            name, variants = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
            chosen = content.get(name) if isinstance(content, dict) else None
            if not isinstance(chosen, str) or chosen not in variants:
                raise _invalid(f"The body is to be a JSON object whose `{name}` is one of {_listed(list(variants))}.")
            schema = {"$ref": variants[chosen]}
        self._check(content, schema)
        assert isinstance(content, dict)  # noqa: S101 -- every body of the document is an object
        return content

    @cached_property
    def paths(self) -> Mapping[str, frozenset[str]]:
        """The methods of each path, in capitals."""
        return {path: frozenset(map(str.upper, item)) for path, item in self._document["paths"].items()}

    def _value(self, text: str, parameter: Schema) -> Any:
        # A plus sign that is not escaped arrives as a space.
        value: Any = text.replace(" ", "+") if parameter.get("x-spaces-are-plus-signs") else text
        kind = parameter["schema"].get("type")
        if kind == "integer" and _INTEGER.fullmatch(text):
            value = int(text)
        elif kind == "boolean":
            value = _WORDS.get(text, text)
        self._check(value, parameter["schema"], f"`{parameter['name']}`")
        return value

    def _check(self, content: Any, schema: Schema, subject: str = "") -> None:
        validator = Draft202012Validator({**schema, "components": self._document["components"]})
        if error := best_match(validator.iter_errors(content)):
            raise _invalid(_described(error, subject))

    def _operation(self, path: str, method: str) -> dict[str, Any]:
        operation: dict[str, Any] = self._document["paths"][path][method]
        return operation


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as exc:
        raise _invalid("The query cannot be read.") from exc
    return pairs


def _know(names: Sequence[str], known: Sequence[str]) -> None:
    if set(names) - set(known):
        there_are = f"the parameters are {_listed(known)}" if known else "there are none"
        raise Problem(400, "parameter_unknown", f"The query has a parameter that is not known: {there_are}.")
    if len(set(names)) < len(names):
        raise _invalid("The query has a parameter twice.")


def _described(error: ValidationError, subject: str) -> str:
    """Say what is wrong without quoting what was sent: it may be somebody's number."""
    place = subject or (f"`{error.json_path.removeprefix('$.')}`" if error.absolute_path else "The body")
    expected = error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in expected if name not in error.instance]
            return f"{place} needs {_listed(missing)}."
        case "additionalProperties" | "unevaluatedProperties":
            return f"{place} has a member that is not known: there are {_listed(list(error.schema['properties']))}."
        case "enum":
            return f"{place} is to be one of {_listed(expected)}."
        case "type":
            return f"{place} is to be of type {expected}."
        case "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" | "const":
            return f"{place} does not fit: {error.validator} is {expected}."
    hint = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    return f"{place} does not fit. {' '.join(hint.split())}".rstrip()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _invalid(detail: str) -> Problem:
    return Problem(400, "request_invalid", detail)
