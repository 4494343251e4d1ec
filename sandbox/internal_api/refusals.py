"""How an operation's refusals are described in the contract."""

from typing import Any, Union

from sandbox.internal_api.problems import InvalidRequest, Problem, Unauthorized


def refusals(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the contract's description of an operation's refusals; 401 and 422 belong to all of them."""
    by_status: dict[int, list[type[Problem]]] = {}
    everything: list[type[Problem]] = [Unauthorized, *problems, InvalidRequest]
    for problem in everything:
        by_status.setdefault(problem.status, []).append(problem)
    return {status: _describe(same) for status, same in sorted(by_status.items())}


def _describe(problems: list[type[Problem]]) -> dict[str, Any]:
    models = tuple(dict.fromkeys(problem.answer for problem in problems))
    lines = [f"`{problem.code}` {(problem.__doc__ or '').split(': ', 1)[1]}" for problem in problems]
    examples = {problem.code: {"value": {**problem().content(), **_EXTRAS.get(problem.code, {})}}
                for problem in problems}  # fmt: skip
    return {
        "model": Union[models] if len(models) > 1 else models[0],  # noqa: UP007 - the tuple is made at run time
        "description": " ".join(lines),
        "content": {"application/json": {"examples": examples}},
    }


_OWED = {"amount": "50.00", "currency": "USD"}
_SLOTS = [{"start": "2026-11-24T16:00:00-06:00", "end": "2026-11-24T17:00:00-06:00"}]
_EXTRAS: dict[str, dict[str, Any]] = {
    "invalid_request": {"errors": [{"field": "body.start", "message": "field required"}]},
    "group_too_large": {"max_group_size": 4},
    "slot_taken": {"alternatives": _SLOTS},
    "slot_closed": {"alternatives": _SLOTS},
    "slot_past": {"alternatives": _SLOTS},
    "too_far": {"alternatives": _SLOTS},
    "code_wrong": {"tries_left": 2},
    "verification_paused": {"retry_at": "2026-11-24T15:15:00-06:00"},
    "amount_mismatch": {"owed": _OWED},
    "currency_mismatch": {"owed": _OWED},
    "ambiguous_target": {
        "targets": [
            {"appointment_id": "C-1043", "package_id": "revolucion-solar", "owed": _OWED},
            {"appointment_id": None, "package_id": "pareja", "owed": _OWED},
        ]
    },
}
