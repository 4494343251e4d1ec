"""Hiding personal data: pure functions that every process may use."""

from privacy.identity import user_key
from privacy.redaction import redact, redact_value

__all__ = ["redact", "redact_value", "user_key"]
