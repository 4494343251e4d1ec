"""A scripted language model behind the OpenAI-compatible API that OpenRouter offers."""

from sandbox.llm.chat_api import install

__all__ = ["install"]
