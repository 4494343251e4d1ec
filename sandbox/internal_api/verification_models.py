"""The tables of verifications; they are no part of the state document."""

from datetime import datetime

from sqlalchemy import Boolean, Column, Integer, String

from sandbox.internal_api.models import Base, UtcDateTime


class Verification(Base):
    """A code sent, or as if sent, to an e-mail for one conversation, and the token that it brought.

    It is closed when it was used, used up or replaced; no foreign key, for the e-mail may be nobody's.
    """

    __tablename__ = "verifications"
    id: str = Column(String(40), primary_key=True)
    email: str = Column(String(254), nullable=False, index=True)
    conversation: str = Column(String(128), nullable=False, index=True)
    salt: str = Column(String(32), nullable=False)
    code_digest: str = Column(String(128), nullable=False)
    tries_left: int = Column(Integer, nullable=False)
    closed: bool = Column(Boolean, nullable=False, default=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    expires_at: datetime = Column(UtcDateTime, nullable=False)
    token_digest: str | None = Column(String(64))
    token_expires_at: datetime | None = Column(UtcDateTime)


class WrongTry(Base):
    """A wrong code, given for an e-mail in a conversation."""

    __tablename__ = "wrong_tries"
    number: int = Column(Integer, primary_key=True)
    email: str = Column(String(254), nullable=False, index=True)
    conversation: str = Column(String(128), nullable=False)
    tried_at: datetime = Column(UtcDateTime, nullable=False)
