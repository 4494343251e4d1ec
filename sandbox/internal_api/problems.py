"""Every refusal of the API, as RFC 9457 problems."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from sandbox.internal_api.values import Answer, Money

MEDIA_TYPE = "application/problem+json"
_TYPES = "https://api.casaastral.example/problems/"


class ProblemAnswer(Answer):
    """An RFC 9457 problem; `code` says which one, for programs."""

    type: str = Field(..., examples=[f"{_TYPES}not_found"])
    title: str = Field(..., examples=["Not found"])
    status: int = Field(..., examples=[404])
    detail: str = Field(..., examples=["There is no such thing, or it is not yours."])
    code: str = Field(..., examples=["not_found"])
    customer_message: str | None = Field(
        None,
        max_length=300,
        description="A reason, in Spanish, that may be told to the customer as it is.",
    )


class FieldError(Answer):
    """What is wrong with one field."""

    field: str = Field(..., description="Path from the body, query, path or header.", examples=["body.amount"])
    message: str = Field(..., examples=["field required"])


class InvalidAnswer(ProblemAnswer):
    """A malformed request, field by field."""

    errors: list[FieldError] = Field([], description="Present with the code `invalid_request`.")
    max_group_size: int | None = Field(None, description="Present with the code `group_too_large`.")


class SlotAnswer(Answer):
    """A stretch of time that can be booked."""

    start: str = Field(..., format="date-time", examples=["2026-11-24T15:00:00-06:00"])
    end: str = Field(..., format="date-time", examples=["2026-11-24T16:00:00-06:00"])


class SlotProblemAnswer(ProblemAnswer):
    """A time that cannot be booked."""

    alternatives: list[SlotAnswer] = Field(..., description="Up to three nearest free slots, in order of time.")


class DebtAnswer(Answer):
    """Something that a customer owes."""

    appointment_id: str | None = Field(..., examples=["C-1042"])
    package_id: str | None = Field(..., examples=["carta-natal"])
    owed: Money


class PaymentProblemAnswer(ProblemAnswer):
    """A payment that does not fit what is owed."""

    owed: Money | None = Field(None, description="Present with `amount_mismatch` and `currency_mismatch`.")
    targets: list[DebtAnswer] | None = Field(None, description="Present with `ambiguous_target`.")


class CodeProblemAnswer(ProblemAnswer):
    """A code that was not taken."""

    tries_left: int | None = Field(None, description="Present with the code `code_wrong`; 0 means no further try.")


class PausedAnswer(ProblemAnswer):
    """No new code for a while."""

    retry_at: str = Field(
        ..., format="date-time", description="From when on a new code can be asked for, in the business's time zone."
    )


class Problem(Exception):
    """Base of the refusals: status, code, title and whatever else helps the client to go on."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"
    detail: ClassVar[str] = "Something went wrong on our side."
    answer: ClassVar[type[BaseModel]] = ProblemAnswer
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, detail: str | None = None, **extra: object) -> None:
        super().__init__(detail or self.detail)
        self.extra = extra

    def content(self) -> dict[str, Any]:
        """Return the problem's members."""
        head = {"type": _TYPES + self.code, "title": self.title, "status": self.status}
        return {**head, "detail": str(self), "code": self.code, **self.extra}


class IdempotencyKeyRequired(Problem):
    """400: a call that changes something came without its key."""

    status, code, title = 400, "idempotency_key_required", "Idempotency-Key required"
    detail = "Send an Idempotency-Key header, the same one on every try of the same action."


class Unauthorized(Problem):
    """401: no bearer token, or a wrong one."""

    status, code, title = 401, "unauthorized", "Unauthorized"
    detail = "Send the API's bearer token."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class VerificationRequired(Problem):
    """403: neither phone nor token vouches for that e-mail; an unknown e-mail gets the same."""

    status, code, title = 403, "verification_required", "Verification required"
    detail = "X-Contact-Phone must be the phone on file for X-Customer-Email, or X-Verification vouch for it."


class NotFound(Problem):
    """404: unknown, or somebody else's; nobody is told which."""

    status, code, title = 404, "not_found", "Not found"
    detail = "There is no such thing, or it is not yours."


class PackageNotFound(Problem):
    """404: no package has that id."""

    status, code, title = 404, "package_not_found", "Package not found"
    detail = "There is no package with that id."


class MethodNotAllowed(Problem):
    """405: the path exists, the method does not."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"
    detail = "See the Allow header."


class InvalidRequest(Problem):
    """422: a field is missing, malformed or unknown."""

    status, code, title = 422, "invalid_request", "Invalid request"
    detail = "The request is malformed."
    answer = InvalidAnswer

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidRequest":
        """Return the problem of one field."""
        return cls.of_all([(field, message)])

    @classmethod
    def of_all(cls, errors: list[tuple[str, str]]) -> "InvalidRequest":
        """Return the problem of several fields; its detail names the first."""
        named = [{"field": field, "message": message} for field, message in errors]
        return cls(f"{errors[0][0]}: {errors[0][1]}", errors=named)


class RangeTooLong(Problem):
    """422: more days than one answer covers."""

    status, code, title = 422, "range_too_long", "Range too long"
    detail = "Ask for at most 31 days."
    answer = InvalidAnswer


class GroupTooLarge(Problem):
    """422: more people than the session takes; `max_group_size` says how many it does."""

    status, code, title = 422, "group_too_large", "Group too large"
    detail = "The session does not take that many people."
    answer = InvalidAnswer


class IdempotencyKeyReused(Problem):
    """422: the key was first used for something else."""

    status, code, title = 422, "idempotency_key_reused", "Idempotency-Key reused"
    detail = "This Idempotency-Key was used for a different request."
    answer = InvalidAnswer


class SlotProblem(Problem):
    """Base of the refusals of a time."""

    status = 409
    answer = SlotProblemAnswer


class SlotTaken(SlotProblem):
    """409: somebody else has it."""

    code, title, detail = "slot_taken", "Slot taken", "That time is already booked."


class SlotClosed(SlotProblem):
    """409: outside opening hours, or not where a session starts."""

    code, title, detail = "slot_closed", "Slot closed", "No session starts at that time."


class SlotPast(SlotProblem):
    """409: it has already begun."""

    code, title, detail = "slot_past", "Slot past", "That time has passed."


class TooFar(SlotProblem):
    """409: beyond the days for which bookings are taken."""

    code, title, detail = "too_far", "Too far ahead", "Bookings are not taken that far ahead."


class AlreadyCancelled(Problem):
    """409: it was cancelled before."""

    status, code, title = 409, "already_cancelled", "Already cancelled"
    detail = "The appointment was cancelled before."


class AlreadyPast(Problem):
    """409: it has begun or is over."""

    status, code, title = 409, "already_past", "Already past"
    detail = "The appointment has already begun."


class PaymentProblem(Problem):
    """Base of the refusals of a payment."""

    status = 409
    answer = PaymentProblemAnswer


class AmountMismatch(PaymentProblem):
    """409: more than is owed, less than 1.00, or not a package's price; `owed` says what is owed."""

    code, title, detail = "amount_mismatch", "Amount mismatch", "The amount does not fit what is owed."


class CurrencyMismatch(PaymentProblem):
    """409: owed in another currency; `owed` says which."""

    code, title, detail = "currency_mismatch", "Currency mismatch", "It is not owed in that currency."


class NothingOwed(PaymentProblem):
    """409: there is nothing to pay."""

    code, title, detail = "nothing_owed", "Nothing owed", "There is nothing to pay."


class AmbiguousTarget(PaymentProblem):
    """409: several things are owed and none was named; `targets` lists them."""

    code, title, detail = "ambiguous_target", "Ambiguous target", "Several things are owed: name one."


class CodeProblem(Problem):
    """Base of the refusals of a code."""

    status = 409
    answer = CodeProblemAnswer


class CodeWrong(CodeProblem):
    """409: it is another one; `tries_left` says how often it can still be tried."""

    code, title, detail = "code_wrong", "Wrong code", "That is not the code."


class CodeExpired(CodeProblem):
    """409: expired, used, used up or replaced by a newer one."""

    code, title, detail = "code_expired", "Code expired", "That code is not valid any more: ask for a new one."


class VerificationPaused(Problem):
    """429: too many wrong tries, or too many codes; `retry_at` and Retry-After say when to ask again."""

    status, code, title = 429, "verification_paused", "Verification paused"
    detail = "No new code for now."
    answer = PausedAnswer


class ServiceUnavailable(Problem):
    """503: the database does not answer."""

    status, code, title = 503, "service_unavailable", "Service unavailable"
    detail = "Try again in a moment."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}
