"""Hiding personal data: pure functions that every process may use."""

from privacy.codes import hide_asked_code
from privacy.identity import user_key
from privacy.redaction import redact, redact_value

__all__ = ["hide_asked_code", "redact", "redact_value", "user_key"]
