"""Where the business's system has each operation, and what it calls things: `contract/mapping.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, Extra, ValidationError, root_validator, validator

from actions.internal_api import models

PATH_VALUES: Mapping[str, frozenset[str]] = {
    "business": frozenset(),
    "packages": frozenset(),
    "slots": frozenset(),
    "book": frozenset(),
    "appointments": frozenset(),
    "appointment": frozenset({"appointment_id"}),
    "cancel": frozenset({"appointment_id"}),
    "reschedule": frozenset({"appointment_id"}),
    "reminders": frozenset(),
    "request": frozenset({"request_id"}),
    "owed": frozenset(),
    "pay": frozenset(),
    "history": frozenset(),
    "change_profile": frozenset(),
    "contact": frozenset(),
    "hand_off": frozenset(),
    "start_verification": frozenset(),
    "check_code": frozenset({"verification_id"}),
}
"""The operations, and the values that their paths hold."""
_CALL = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


class MappingError(Exception):
    """The mapping cannot be used; the message says what to change in which file."""


class Operation(BaseModel):
    """One operation as it is called there.

    Attributes:
        call: method and path, `POST /v1/appointments/{appointment_id}/cancellation`.
        query: what parameters are called there, by our names; those not named are called the same.
        body: the same for the body's fields.
    """

    call: str
    query: Mapping[str, str] = {}
    body: Mapping[str, str] = {}

    class Config:
        """A misspelt key is a mistake."""

        extra = Extra.forbid
        frozen = True

    @validator("call")
    def _is_a_call(cls, call: str) -> str:  # noqa: N805  (pydantic 1 validators)
        if not _CALL.fullmatch(call):
            raise ValueError("write a method and a path, such as GET /v1/slots")
        return call

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.call.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path, with `{name}` in place of values."""
        return self.call.partition(" ")[2]


class ApiMapping(BaseModel):
    """All that is called otherwise than in the contract.

    Attributes:
        operations: each operation by our name.
        headers: their names, by ours.
        fields: by our model's name, where each of its fields is; dots lead into objects.
        codes: our names of problem codes, by theirs.
    """

    operations: Mapping[str, Operation]
    headers: Mapping[str, str] = {}
    fields: Mapping[str, Mapping[str, str]] = {}
    codes: Mapping[str, str] = {}

    class Config:
        """A misspelt key is a mistake."""

        extra = Extra.forbid
        frozen = True

    @validator("operations", pre=True)
    def _short_form(cls, given: object) -> object:  # noqa: N805
        if not isinstance(given, dict):
            return given
        return {name: {"call": one} if isinstance(one, str) else one for name, one in given.items()}

    @root_validator(skip_on_failure=True)
    def _is_whole(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        operations: Mapping[str, Operation] = values["operations"]
        if strange := operations.keys() - PATH_VALUES.keys():
            raise ValueError(f"there is no operation {', '.join(sorted(strange))}")
        if missing := PATH_VALUES.keys() - operations.keys():
            raise ValueError(f"operation {', '.join(sorted(missing))} is missing")
        for name, fields in values["fields"].items():
            model = getattr(models, name, None)
            known = model.__fields__.keys() if isinstance(model, type) and issubclass(model, BaseModel) else set()
            if strange := fields.keys() - known:
                raise ValueError(f"{name} has no field {', '.join(sorted(strange))}")
        for name, operation in operations.items():
            if (held := set(_IN_BRACES.findall(operation.path))) != PATH_VALUES[name]:
                wanted = ", ".join(f"{{{one}}}" for one in sorted(PATH_VALUES[name])) or "no braces"
                raise ValueError(f"the path of {name} must hold {wanted}, and holds {sorted(held)}")
        return values

    def header(self, name: str) -> str:
        """Gives what a header is called there."""
        return self.headers.get(name, name)

    def as_ours(self, model: type[BaseModel], content: Any) -> Any:
        """Gives an answer with its fields where our model has them, and those of the models within it."""
        if not isinstance(content, dict) or not self.fields:
            return content
        places = self.fields.get(model.__name__, {})
        found = {ours: _at(content, theirs) for ours, theirs in places.items()}
        whole = {**content, **{ours: value for ours, value in found.items() if value is not None}}
        for name, field in model.__fields__.items():
            inner = field.type_
            if not (isinstance(inner, type) and issubclass(inner, BaseModel)) or name not in whole:
                continue
            value = whole[name]
            is_list = get_origin(field.outer_type_) in (tuple, list) and bool(get_args(field.outer_type_))
            whole[name] = (
                [self.as_ours(inner, one) for one in value]
                if is_list and isinstance(value, list)
                else self.as_ours(inner, value)
            )
        return whole


@lru_cache(maxsize=8)
def load_mapping(path: Path) -> ApiMapping:
    """Gives the mapping that a file holds, read once.

    Raises:
        MappingError: the file is not there or cannot be used; the message says what is wrong.
    """
    try:
        return ApiMapping.parse_obj(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as exc:
        raise MappingError(f"{path} cannot be read: {type(exc).__name__}") from exc
    except yaml.YAMLError as exc:
        raise MappingError(f"{path} is no YAML: {exc}") from exc
    except ValidationError as exc:
        faults = [f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in exc.errors()]
        raise MappingError(f"{path}: {'; '.join(fault.removeprefix('__root__: ') for fault in faults)}") from exc


def _at(content: Mapping[str, Any], place: str) -> Any:
    value: Any = content
    for part in place.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
