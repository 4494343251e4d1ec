"""What the routes share: the headers that say who asks, and the database."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from sandbox.internal_api.database import Database
from sandbox.internal_api.journal import REQUEST_ID
from sandbox.internal_api.values import EMAIL, NO_NUL, PHONE

EmailHeader = Annotated[
    str,
    Header(
        alias="X-Customer-Email",
        pattern=EMAIL,
        max_length=254,
        description="The e-mail that the person claims.",
        examples=["ana@example.com"],
    ),
]
_PHONE = Header(
    alias="X-Contact-Phone",
    pattern=PHONE,
    description="The phone that WhatsApp vouches for, in E.164.",
    examples=["+5215512345678"],
)
_KEY = Header(
    alias="Idempotency-Key",
    pattern=NO_NUL,
    min_length=1,
    max_length=255,
    description="The same on every try of one action; the first result is given again.",
    examples=["SM0123456789abcdef0123456789abcdef"],
)
_CONVERSATION = Header(
    alias="X-Conversation-Id",
    pattern=r"^[A-Za-z0-9_.:-]{1,128}$",
    description="The conversation in which the person writes; opaque.",
    examples=["whatsapp.5f0c2a9e4d31"],
)
_VERIFICATION = Header(
    alias="X-Verification",
    pattern=r"^[A-Za-z0-9_-]{16,128}$",
    description="The token that a right code brought, for this e-mail in this conversation.",
    examples=["5Jm0nYb7cQ2rT9wXz3LkVd8hFs1gAeUoPi6yMxRtN4E"],
)
_REQUEST_ID = Header(
    alias="X-Request-Id",
    pattern=f"^{REQUEST_ID}$",
    description="Whatever the caller's log calls what it is doing; it changes nothing but the log here.",
    examples=["SM0123456789abcdef0123456789abcdef"],
)
PhoneHeader = Annotated[str, _PHONE]
MaybePhoneHeader = Annotated[str | None, _PHONE]
KeyHeader = Annotated[str, _KEY]
MaybeKeyHeader = Annotated[str | None, _KEY]
ConversationHeader = Annotated[str, _CONVERSATION]
MaybeConversationHeader = Annotated[str | None, _CONVERSATION]
VerificationHeader = Annotated[str | None, _VERIFICATION]
RequestIdHeader = Annotated[str | None, _REQUEST_ID]


@dataclass(frozen=True)
class Identity:
    """Who asks: the e-mail claimed, what may vouch for it, and the conversation in which it is claimed."""

    email: str
    phone: str | None
    conversation: str | None = None
    token: str | None = None


def _identity(
    email: EmailHeader,
    phone: MaybePhoneHeader = None,
    conversation: MaybeConversationHeader = None,
    token: VerificationHeader = None,
) -> Identity:
    return Identity(email.lower(), phone, conversation, token)


def accept_request_id(named: RequestIdHeader = None) -> None:
    """Take the header that the journal reads."""


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


Who = Annotated[Identity, Depends(_identity)]
Db = Annotated[Database, Depends(_database)]
