"""The business system's refusals, RFC 9457 problems, as our errors."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from pydantic import ValidationError

from actions.errors import ApiError, Misunderstood, NotFound, Refused, VerificationRequired
from actions.internal_api.mapping import ApiMapping
from actions.internal_api.models import Refusal
from actions.internal_api.strictness import instants_in

_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
# Too many requests, and no fault that passes in a moment: asking again at once would only prolong it.
_PAUSES = frozenset({"verification_paused"})
# Their answer is the same whatever is unknown.
_UNKNOWN = frozenset({"not_found"})


def read_refusal(status: int, content: bytes, mapping: ApiMapping, zone: dt.tzinfo) -> ApiError | None:
    """Gives what an answer that is no success means; None for a fault that may pass: 5xx, 429.

    Args:
        status: of the answer.
        content: its body.
        mapping: what codes and fields are called there.
        zone: the business's, in which moments are given.
    """
    problem = _object(content)
    code = mapping.codes.get(str(problem.get("code")), problem.get("code"))
    if status >= 500 or (status == 429 and code not in _PAUSES):
        return None
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        # What is no object at all comes from something else at that address.
        return NotFound() if status == 404 and problem else Misunderstood()
    if code == "verification_required":
        return VerificationRequired()
    if code in _UNKNOWN:
        return NotFound()
    # Our own fault, which no customer can mend.
    if status in (400, 401):
        return Misunderstood()
    return Refused(_refusal({**problem, "code": code}, mapping, zone))


def _refusal(problem: dict[str, Any], mapping: ApiMapping, zone: dt.tzinfo) -> Refusal:
    with instants_in(zone):
        try:
            return Refusal.parse_obj(mapping.as_ours(Refusal, problem))
        except (ValidationError, RecursionError):
            # What it offers instead cannot be read; that it refuses can.
            return Refusal(code=problem["code"])


def _object(content: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}
