"""GET /sandbox/mails: what the business mailed."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request

from sandbox.mail.mailbox import Json, mailbox_of

router = APIRouter(prefix="/sandbox/mails", tags=["mail"])


@router.get("")
async def list_mails(request: Request, to: str | None = None) -> Json:
    """Return the last mails, or those to one address, the newest first."""
    app: FastAPI = request.app
    return {"mails": [mail.as_json() for mail in mailbox_of(app).mails(to)]}


def install(app: FastAPI) -> None:
    """Add the list of mails to the application."""
    mailbox_of(app)
    app.include_router(router)
