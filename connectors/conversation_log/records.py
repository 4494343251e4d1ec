"""Records: what the log keeps of a turn, redacted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import Any

from connectors.conversation_log.model_calls import calls_of, summed_up
from connectors.conversation_log.turns import Turn
from privacy import hide_asked_code, redact, redact_value, user_key

_TEXT_LIMIT = 4_096  # WhatsApp's own, https://www.twilio.com/docs/glossary/what-whatsapp-character-limit
_RANKING_LIMIT = 3
_NAME_ENTITIES = frozenset({"nombre"})
_FALLBACK_INTENT = "nlu_fallback"
_RASAS_OWN_ACTIONS = frozenset(
    {
        "action_back",
        "action_deactivate_loop",
        "action_default_ask_affirmation",
        "action_default_ask_rephrase",
        "action_default_fallback",
        "action_extract_slots",
        "action_restart",
        "action_revert_fallback_events",
        "action_session_start",
        "action_two_stage_fallback",
        "action_unlikely_intent",
        "action_validate_slot_mappings",
    }
)


@dataclass(frozen=True)
class TurnRecord:
    """A row of `conversation_logs`: no field holds personal data.

    `processing_time` is in milliseconds, `timestamp` is aware and in UTC, `cost` is in US dollars;
    `rasa_response` is JSON as text; `llm_calls` holds each call of the language model (`model_calls.calls_of`), and
    what they come to is in `tokens_in`, `tokens_out`, `cost`, `llm_model`, `llm_ms` (milliseconds), `llm_verdict`
    (`accepted`, `rejected`, `skipped` or, where they were judged differently, `mixed`) and `llm_reason`.
    """

    id: str
    user_id: str
    message: str
    intent: str | None
    confidence: float | None
    entities: list[dict[str, Any]]
    action: str | None
    rasa_response: str
    llm_response: str | None
    response: str | None
    api_calls: list[dict[str, Any]]
    processing_time: int
    success: bool
    error_type: str | None
    error_code: str | None
    timestamp: datetime
    channel: str | None
    session_id: str | None
    message_id: str | None
    model_version: str | None
    tokens_in: int | None
    tokens_out: int | None
    cost: float | None
    llm_model: str | None
    llm_verdict: str | None
    llm_reason: str | None
    llm_ms: int | None
    llm_calls: list[dict[str, Any]]

    def as_row(self) -> dict[str, Any]:
        """Return the values by column, fit for any database."""
        return {column.name: _storable(getattr(self, column.name)) for column in fields(self)}


def record_of(turn: Turn, key: str) -> TurnRecord:
    """Return what is kept of a turn; the same message always gives the same `id`.

    Args:
        turn: The turn, with whatever personal data it holds.
        key: The secret that users' names are derived with.
    """
    names = _names(turn)
    entries = list(_entries(turn))
    llm = [entry["llm"] for entry in entries if entry.get("llm")]
    calls = [calls_of(said, names) for said in llm]
    bots = turn.of_type("bot")
    error_type, error_code = _error(turn, entries, answered=bool(bots))
    message_id = turn.metadata.get("message_sid") or turn.user.get("message_id")
    typed = hide_asked_code if any(entry.get("code_asked") for entry in entries) else str
    entities = [_entity(entity, names, typed) for entity in turn.parse_data.get("entities") or ()]
    return TurnRecord(
        id="conv_" + _digest(str(message_id or f"{turn.sender_id} {turn.started}")),
        user_id=user_key(turn.sender_id, key),
        message=typed(_text([turn.user.get("text")], names) or ""),
        intent=turn.intent.get("name"),
        confidence=turn.intent.get("confidence"),
        entities=entities,
        action=_action(turn),
        rasa_response=_rasa_response(turn, entities),
        llm_response=_text((said.get("text") for said in llm), names),
        response=_text((bot.get("text") for bot in bots), names),
        api_calls=[redact_value(call, names) for entry in entries for call in entry.get("api_calls") or ()],
        processing_time=_milliseconds(turn),
        success=error_type is None,
        error_type=error_type,
        error_code=error_code,
        timestamp=datetime.fromtimestamp(turn.started, timezone.utc),
        channel=turn.user.get("input_channel"),
        session_id=_session_id(turn, key),
        message_id=str(message_id) if message_id else None,
        model_version=turn.metadata.get("model_id"),
        llm_calls=[call for action in calls for call in action],
        **summed_up(calls),
    )


def _entries(turn: Turn) -> Iterator[Mapping[str, Any]]:
    """Give what each action reported; it stands on every message that the action sent, or on a slot that it set."""
    last = None
    for event in turn.events:
        entry = (event.get("metadata") or {}).get("turn")
        if isinstance(entry, Mapping) and entry != last:
            last = entry
            yield entry


def _action(turn: Turn) -> str | None:
    """Name the action that answered: our own before a form, a form before a bare response."""
    silent, answering, current = [], [], ""
    for event in turn.events:
        if event.get("event") == "action":
            current = str(event.get("name") or event.get("action_text") or "")
            silent.append(current)
        elif event.get("event") == "bot" and current:
            answering.append(current)
    return max(answering or silent, key=_rank, default=None)


def _rank(action: str) -> int:
    if action in _RASAS_OWN_ACTIONS:
        return 0
    if action.startswith("utter_"):
        return 1
    return 2 if action.endswith("_form") else 3


def _error(turn: Turn, entries: list[Mapping[str, Any]], *, answered: bool) -> tuple[str | None, str | None]:
    errors = [entry["error"] for entry in entries if entry.get("error")]
    if errors:
        return str(errors[-1].get("type") or "rasa"), errors[-1].get("code")
    if not answered:
        return "rasa", "no_answer"
    # What the intent classifier was not sure of may still have answered a form's question.
    if turn.intent.get("name") == _FALLBACK_INTENT and not any(entry.get("understood") for entry in entries):
        return "rasa", "intent_not_recognised"
    return None, None


def _entity(entity: Mapping[str, Any], names: Iterable[str], typed: Callable[[str], str]) -> dict[str, Any]:
    value = redact_value(entity.get("value"), names)
    kept = {"entity": entity.get("entity"), "value": typed(value) if isinstance(value, str) else value}
    confidence = entity.get("confidence_entity", entity.get("confidence"))
    if confidence is not None:
        kept["confidence"] = confidence
    return kept | {part: entity[part] for part in ("role", "group") if entity.get(part)}


def _rasa_response(turn: Turn, entities: list[dict[str, Any]]) -> str:
    def named(intent: Mapping[str, Any]) -> dict[str, Any]:
        return {"name": intent.get("name"), "confidence": intent.get("confidence")}

    ranking = turn.parse_data.get("intent_ranking") or ()
    understood = {
        "intent": named(turn.intent),
        "intent_ranking": [named(intent) for intent in ranking[:_RANKING_LIMIT]],
        "entities": entities,
        "actions": [event.get("name") for event in turn.of_type("action")],
    }
    return json.dumps(understood, ensure_ascii=False)


def _names(turn: Turn) -> tuple[str, ...]:
    """Name the people that the turn is known to be about."""
    profile = str(turn.metadata.get("profile_name") or "")
    entities = turn.parse_data.get("entities") or ()
    said = [str(e.get("value") or "") for e in entities if e.get("entity") in _NAME_ENTITIES]
    # Greetings use the first name only.
    return tuple(name for full in (profile, *said) if full.strip() for name in (full, full.split()[0]))


def _text(texts: Iterable[Any], names: Iterable[str]) -> str | None:
    said = [str(text) for text in texts if text]
    if not said:
        return None
    # Cut first so that a huge message costs little, well above the limit so that no number is cut in two.
    return redact("\n\n".join(said)[: 2 * _TEXT_LIMIT], names)[:_TEXT_LIMIT]


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        # PostgreSQL takes no NUL, and no database takes half a surrogate pair.
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def _session_id(turn: Turn, key: str) -> str | None:
    started = turn.user.get("session_started")
    return None if started is None else "session_" + _digest(f"{user_key(turn.sender_id, key)} {started}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _milliseconds(turn: Turn) -> int:
    last = turn.events[-1].get("timestamp") if turn.events else None
    ended = turn.ended if turn.ended is not None else last or turn.started
    return max(0, round((ended - turn.started) * 1000))
