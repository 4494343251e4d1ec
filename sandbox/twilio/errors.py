"""Twilio's errors, as its API writes them.

Codes: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse

MESSAGES = {
    20003: "Authenticate",
    20404: "The requested resource {detail} was not found",
    20429: "Too Many Requests",
    21211: "Invalid 'To' Phone Number: {detail}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    20001: "Unknown parameters",
    21604: "A 'To' phone number is required.",
    21609: "The StatusCallback URL {detail} is not a valid URL.",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21620: "Invalid media URL(s)",
    21655: "The ContentSid is Invalid",
    21656: "The ContentVariables Parameter is invalid",
    21910: "Invalid From and To pair. From and To should be of the same channel",
    63007: "Twilio could not find a Channel with the specified From address",
}

# What a receipt's ErrorCode means, for those that matter to an assistant.
CHANNEL_ERRORS = {
    21610: "Attempt to send to unsubscribed recipient",
    63003: "Channel could not find To address",
    63014: "Message failed to send because it was blocked by a user action",
    63016: (
        "Failed to send freeform message because you are outside the allowed window. "
        "If you are using WhatsApp, please use a Message Template."
    ),
    63018: "Rate limit exceeded for Channel",
    63021: "Channel invalid content error",
    63024: "Invalid message recipient",
}


class TwilioError(Exception):
    """A refusal of Twilio's API."""

    def __init__(self, code: int, status: int = 400, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.message = MESSAGES.get(code, "Internal Server Error").format(detail=detail)
        self.retry_after = retry_after


async def answer_twilio_error(request: Request, error: Exception) -> JSONResponse:
    """Return the error in Twilio's form."""
    if not isinstance(error, TwilioError):
        raise error
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    body = {
        "code": error.code,
        "message": error.message,
        "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
        "status": error.status,
    }
    return JSONResponse(body, error.status, headers)
