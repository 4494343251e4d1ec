"""Everything that can go wrong in an action, as one small tree.

    AssistantError
    ├── InvalidInput            validation: the customer's words cannot be used
    ├── ApiError                api: the business system
    │   ├── ServiceUnavailable      it does not answer, or not in time: try later, with what was kept
    │   ├── NotFound                unknown, or somebody else's: the same answer for both
    │   ├── Refused                 it says no, and why, and what it offers instead
    │   ├── VerificationRequired    only for a person who has shown who they are
    │   └── Misunderstood           it speaks another language than the contract
    └── PhrasingError           llm: the language model

`kind` is the conversation log's error type; of the other two, `twilio` is the channel's (`connectors/errors.py`) and
`rasa` is whatever nobody foresaw. Clients raise these and hide their own library's errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from actions.internal_api.models import Refusal


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
    """A call of the business system that brought no result.

    Attributes:
        is_open: whether a change that was asked for may have been made all the same: nobody may say that nothing was.
    """

    kind = "api"
    is_open: bool = False


class ServiceUnavailable(ApiError):
    """The business system does not answer, answers with a fault of its own, or answers too late.

    Args:
        code: `service_unavailable`; `timeout`; `circuit_open` where it failed so often that it is left alone for some
            seconds; `overloaded` where too many calls are under way.
        is_open: see `ApiError`.
    """

    def __init__(self, code: str = "service_unavailable", *, is_open: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_open = is_open


class NotFound(ApiError):
    """Nothing there that this customer may see."""

    code = "not_found"


class VerificationRequired(ApiError):
    """The business system does this only for a person who has shown who they are."""

    code = "verification_required"


class Refused(ApiError):
    """The business system refuses, with a reason and what it offers instead."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.code = refusal.code
        self.refusal = refusal


class Misunderstood(ApiError):
    """An answer, or a refusal, that the contract does not know; `is_open` as in `ApiError`."""

    code = "contract_broken"

    def __init__(self, *, is_open: bool = False) -> None:
        super().__init__(self.code)
        self.is_open = is_open


class PhrasingError(AssistantError):
    """The language model gave nothing that may be sent; the template is sent instead."""

    kind = "llm"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
