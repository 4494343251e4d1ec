"""Everything that can go wrong in an action, as one small tree.

    AssistantError
    ├── InvalidInput            the customer's words cannot be used
    ├── ApiError                the business system
    │   ├── ServiceUnavailable      it does not answer, or not in time
    │   ├── NotFound                unknown, or somebody else's: the same answer for both
    │   ├── Refused                 it says no, and why
    │   ├── VerificationRequired    only for a person we know
    │   └── Misunderstood           it speaks another language than the contract
    └── PhrasingError           the language model

`kind` is the conversation log's error type. Clients raise these and hide their own library's errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class AssistantError(Exception):
    """Any failure an action can answer for.

    Attributes:
        kind: error type in the conversation log: `validation`, `api`, `llm` or `rasa`.
        code: stable name of what went wrong, free of personal data.
    """

    kind: ClassVar[str] = "rasa"
    code: str = "unexpected"


class InvalidInput(AssistantError):
    """What the customer gave cannot be used; `code` says why."""

    kind = "validation"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ApiError(AssistantError):
    """A call of the business system that brought no result."""

    kind = "api"


class ServiceUnavailable(ApiError):
    """The business system does not answer, answers with a fault of its own, or answers too late."""

    code = "service_unavailable"


class NotFound(ApiError):
    """Nothing there that this customer may see."""

    code = "not_found"


class VerificationRequired(ApiError):
    """The business system answers this only to a person it knows."""

    code = "verification_required"


class Refused(ApiError):
    """The business system refuses, with a reason and what it offers instead.

    Args:
        code: the contract's problem code, for example `slot_taken`.
        details: the problem's extra members, for example `alternatives`.
    """

    def __init__(self, code: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, Any] = details or {}


class Misunderstood(ApiError):
    """An answer, or a refusal, that the contract does not know."""

    code = "contract_broken"


class PhrasingError(AssistantError):
    """The language model gave nothing that may be sent; the template is sent instead."""

    kind = "llm"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
