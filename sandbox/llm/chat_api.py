"""POST /llm/v1/chat/completions: rewords nothing but the beginning, so every fact survives; GET /llm/v1/key."""

from __future__ import annotations

import secrets
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from sandbox.faults.board import FaultBoard, board_of
from sandbox.settings import Settings

OPENING = "¡Claro! "
DEFAULT_MODEL = "sandbox/scripted"

router = APIRouter(prefix="/llm/v1", tags=["llm"])


class ChatMessage(BaseModel):
    """One message of the prompt; content is a text, or a list of parts that may be texts."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Return the message's text."""
        if isinstance(self.content, list):
            return "".join(str(part.get("text", "")) for part in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """What is read of a completion request; the rest is ignored, as OpenRouter ignores it."""

    model: str = DEFAULT_MODEL
    messages: list[ChatMessage] = Field(min_items=1)


def _board(request: Request) -> FaultBoard:
    app: FastAPI = request.app
    return board_of(app)


@router.post("/chat/completions")
async def complete(asked: ChatRequest, board: Annotated[FaultBoard, Depends(_board)]) -> JSONResponse:
    """Answer with the last user message under a friendly opening, or as the faults say."""
    faults = board.now.llm
    await faults.delay()
    if status := faults.error_status():
        return JSONResponse({"error": {"code": status, "message": "A fault set in the sandbox."}}, status)
    said = [message.text() for message in asked.messages if message.role == "user"]
    reply = OPENING + said[-1] if said else OPENING.strip()
    return JSONResponse(_completion(asked, reply if faults.reply is None else faults.reply))


@router.get("/key")
async def fetch_key(board: Annotated[FaultBoard, Depends(_board)]) -> JSONResponse:
    """Say what the key may still spend, as OpenRouter does, or answer as the faults say."""
    faults = board.now.llm
    await faults.delay()
    if status := faults.error_status():
        return JSONResponse({"error": {"code": status, "message": "A fault set in the sandbox."}}, status)
    return JSONResponse({"data": {"label": "sandbox", "limit": None, "limit_remaining": None, "usage": 0}})


def install(app: FastAPI, settings: Settings) -> None:
    """Add the model's API to the application."""
    app.include_router(router)


def _completion(asked: ChatRequest, reply: str) -> dict[str, Any]:
    # A token is about four characters: near enough for what only adds them up.
    tokens_in = sum(len(message.text()) for message in asked.messages) // 4 + 1
    tokens_out = len(reply) // 4 + 1
    return {
        "id": f"gen-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }
