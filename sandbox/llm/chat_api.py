"""POST /llm/v1/chat/completions and GET /llm/v1/key, as OpenRouter offers them."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import ValidationError

from sandbox.faults.board import FaultBoard, LlmFaults, board_of, happens
from sandbox.llm import calls as calls_api
from sandbox.llm.calls import Calls, calls_of
from sandbox.llm.delivery import Json, error, refusal, sent, trouble
from sandbox.llm.outputs import OUTPUTS
from sandbox.llm.prompt import ChatRequest
from sandbox.llm.rewording import reword
from sandbox.settings import Settings

# Made up, and the same for what comes in and what goes out.
DOLLARS_PER_TOKEN = 0.000_000_2

router = APIRouter(prefix="/llm/v1", tags=["llm"])


async def _faults(request: Request) -> LlmFaults:
    app: FastAPI = request.app
    board: FaultBoard = board_of(app)
    return board.now.llm


Faulty = Annotated[LlmFaults, Depends(_faults)]


@router.post("/chat/completions")
async def complete(request: Request, faults: Faulty, calls: Annotated[Calls, Depends(calls_of)]) -> Response:
    """Answer with the marked text of the last user message reworded, or as the faults say.

    Refuses a request without a key (401) and one that cannot be read or has no messages (400), whatever the faults.
    """
    try:
        body = await request.json()
    except ValueError:
        return refusal(400, "The body is not JSON.")
    call = calls.add(body, request.headers)
    if not _has_key(request):
        return refusal(401, "No auth credentials found")
    try:
        asked = ChatRequest.parse_obj(body)
    except ValidationError as exc:
        return refusal(400, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()))
    await faults.delay()
    if failed := trouble(faults):
        return failed
    model = asked.answering_model(happens(faults.primary_down))
    if model is None:
        return refusal(502, "The chosen model is down, and no other is left.")
    if happens(faults.error_in_body):
        return sent(error(502, "Provider returned error"), faults)
    call["script"], call["said"] = _say(asked, faults)
    return sent(_completion(asked, model, call["said"], faults), faults)


@router.get("/key")
async def fetch_key(request: Request, faults: Faulty) -> Response:
    """Say what the key may still spend, as OpenRouter does, or answer as the faults say."""
    if not _has_key(request):
        return refusal(401, "No auth credentials found")
    await faults.delay()
    if failed := trouble(faults):
        return failed
    return sent({"data": {"label": "sandbox", "limit": None, "limit_remaining": None, "usage": 0}}, faults)


def install(app: FastAPI, settings: Settings) -> None:
    """Add the model's API, and the list of the calls that reached it, to the application."""
    app.state.llm_calls = Calls()
    app.include_router(router)
    app.include_router(calls_api.router)


def _has_key(request: Request) -> bool:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip())


def _say(asked: ChatRequest, faults: LlmFaults) -> tuple[str | None, str]:
    """Return the name of the bad output that was chosen, None for a good one, and what is said."""
    if asked.wants_json():
        return None, "{}" if faults.reply is None else faults.reply
    if script := faults.draw_script():
        return script, OUTPUTS[script](asked.template())
    if faults.reply is not None:
        return None, faults.reply
    # By the whole message: the same template may be worded otherwise for another tone.
    return None, reword(asked.template(), f"{asked.seed} {asked.said()}")


def _completion(asked: ChatRequest, model: str, said: str, faults: LlmFaults) -> Json:
    message = {"role": "assistant", "content": said}
    answer: dict[str, Any] = {
        "id": f"gen-{secrets.token_hex(12)}",
        "provider": "Sandbox",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": _usage(asked, said),
    }
    if happens(faults.no_choices):
        answer["choices"] = []
    if happens(faults.no_usage):
        del answer["usage"]
    return answer


def _usage(asked: ChatRequest, said: str) -> Json:
    # A token is about four characters: near enough for what only adds them up.
    tokens_in = sum(len(message.text()) for message in asked.messages) // 4 + 1
    tokens_out = len(said) // 4 + 1
    total = tokens_in + tokens_out
    usage: Json = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": total}
    if asked.wants_cost():
        usage["cost"] = total * DOLLARS_PER_TOKEN
    return usage
