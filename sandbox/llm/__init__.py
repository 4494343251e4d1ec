"""An emulated OpenRouter: a scripted language model that can also be told to misbehave."""

from sandbox.llm.chat_api import install

__all__ = ["install"]
