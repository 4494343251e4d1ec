"""What is read of a completion request."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, Field

DEFAULT_MODEL = "sandbox/scripted"

# The first part is greedy: a customer's words come before the template and may hold such lines too.
_TEMPLATE = re.compile(
    r"(?:.*^|^)<plantilla>[ \t]*\r?\n(.*?)(?:\r?\n)?^</plantilla>[ \t]*\r?$", re.DOTALL | re.MULTILINE
)


class ChatMessage(BaseModel):
    """One message of the prompt; content is a text, or a list of parts that may be texts."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Return the message's text."""
        if isinstance(self.content, list):
            return "".join(str(part.get("text", "")) for part in self.content)
        return self.content or ""


class UsageWish(BaseModel):
    """Whether the answer's usage is to tell the cost."""

    include: bool = False


class ResponseFormat(BaseModel):
    """The kind of answer that is wanted."""

    type: str = "text"


class ChatRequest(BaseModel):
    """What is read of a completion request; the rest is ignored, as OpenRouter ignores it.

    Attributes:
        model: The model asked for.
        models: The models to try, in this order; they stand in place of `model`.
        messages: The prompt; one message at least.
        usage: Asks for the cost.
        response_format: `json_object` asks for JSON in place of words.
        seed: Another seed may give another wording.
    """

    model: str = DEFAULT_MODEL
    models: list[str] | None = None
    messages: list[ChatMessage] = Field(min_items=1)
    usage: UsageWish | None = None
    response_format: ResponseFormat | None = None
    seed: int | None = None

    def said(self) -> str:
        """Return the last user message, or an empty text."""
        return next((message.text() for message in reversed(self.messages) if message.role == "user"), "")

    def template(self) -> str:
        """Return what is to be reworded: what the last user message marks, or else the whole of it."""
        said = self.said()
        marked = _TEMPLATE.match(said)
        return marked[1] if marked else said

    def wants_json(self) -> bool:
        """Say whether the answer has to be a JSON object."""
        return self.response_format is not None and self.response_format.type == "json_object"

    def wants_cost(self) -> bool:
        """Say whether the answer has to tell its cost."""
        return self.usage is not None and self.usage.include

    def answering_model(self, primary_down: bool) -> str | None:
        """Return the model that answers, which is the second one where the first is down; None when none is left."""
        candidates = self.models or [self.model]
        return next(iter(candidates[1:] if primary_down else candidates), None)
