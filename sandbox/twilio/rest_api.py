"""Twilio's REST API, as far as a WhatsApp assistant uses it."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sandbox.faults.board import happens
from sandbox.faults.cut_off import CutOff
from sandbox.twilio.emulator import Emulated, api_url
from sandbox.twilio.errors import TwilioError
from sandbox.twilio.media_resource import file_of, media_page
from sandbox.twilio.message_resource import MAX_PAGE_SIZE, TOKEN_PREFIX, page, resource
from sandbox.twilio.outbound_form import read_outbound
from sandbox.twilio.phones import address
from sandbox.twilio.records import Json, Message


async def _authenticate(request: Request, emulator: Emulated) -> None:
    """Let only the account's own credentials in, and only to its own resources."""
    user, password = _basic_credentials(request.headers.get("Authorization", ""))
    right_user = hmac.compare_digest(user.encode(), emulator.account_sid.encode())
    if not (hmac.compare_digest(password.encode(), emulator.auth_token.encode()) and right_user):
        raise TwilioError(20003, 401)
    if request.path_params.get("account", emulator.account_sid) != emulator.account_sid:
        raise TwilioError(20404, 404, request.url.path)
    emulator.webhooks.api_url = api_url(request)


async def _misbehave(emulator: Emulated) -> None:
    """Apply the faults set for Twilio's API."""
    faults = emulator.board.now.twilio
    await faults.delay()
    if status := faults.error_status():
        code = 20003 if status == 401 else 20000 + status
        raise TwilioError(code, status, retry_after=faults.retry_after)


def _basic_credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password


router = APIRouter(dependencies=[Depends(_authenticate), Depends(_misbehave)], include_in_schema=False)


@router.post("/2010-04-01/Accounts/{account}/Messages.json", status_code=201, response_model=None)
async def create_message(account: str, request: Request, emulator: Emulated) -> Json | Response:
    """Send a message to a customer's phone."""
    async with request.form() as form:
        message = read_outbound(form, emulator.business_phone)
    message.status = "queued"
    created = resource(message, emulator)
    emulator.send_to_phone(message)
    return CutOff() if happens(emulator.board.now.twilio.lose_answers) else created


@router.get("/2010-04-01/Accounts/{account}/Messages.json")
async def list_messages(
    account: str,
    request: Request,
    emulator: Emulated,
    page_size: Annotated[int, Query(alias="PageSize", ge=1)] = 50,
    number: Annotated[int, Query(alias="Page", ge=0)] = 0,
    token: Annotated[str, Query(alias="PageToken")] = "",
) -> Json:
    """Return messages both ways, newest first, filtered by To, From and DateSent, in pages."""
    filters = {
        name: request.query_params[name]
        for name in ("To", "From", "DateSent", "DateSent<", "DateSent>")
        if request.query_params.get(name)
    }
    matching = [resource(message, emulator) for message in _matching(emulator, filters)]
    query = filters | {"PageSize": min(page_size, MAX_PAGE_SIZE), "Page": number}
    return page(matching, emulator, query, token.removeprefix(TOKEN_PREFIX) or None)


@router.get("/2010-04-01/Accounts/{account}/Messages/{sid}.json")
async def fetch_message(account: str, sid: str, request: Request, emulator: Emulated) -> Json:
    """Return one message."""
    return resource(_message(sid, request, emulator), emulator)


@router.get("/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json")
async def list_media(account: str, sid: str, request: Request, emulator: Emulated) -> Json:
    """Return a message's files."""
    return media_page(emulator.account_sid, _message(sid, request, emulator))


@router.get("/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{media_sid}")
async def fetch_file(account: str, sid: str, media_sid: str, request: Request, emulator: Emulated) -> Response:
    """Return the content of a message's file."""
    found = file_of(_message(sid, request, emulator), media_sid)
    if found is None:
        raise TwilioError(20404, 404, request.url.path)
    content, content_type = found
    return Response(content, media_type=content_type)


@router.get("/2010-04-01/Accounts/{account}.json")
async def fetch_account(account: str, emulator: Emulated) -> Json:
    """Return the account (https://www.twilio.com/docs/iam/api/account)."""
    path = f"/2010-04-01/Accounts/{emulator.account_sid}"
    return {
        "sid": emulator.account_sid,
        "owner_account_sid": emulator.account_sid,
        "friendly_name": "Sandbox",
        "status": "active",
        "type": "Full",
        "uri": f"{path}.json",
        "subresource_uris": {"messages": f"{path}/Messages.json"},
    }


@router.post("/v2/Indicators/Typing.json")
async def show_typing(request: Request, emulator: Emulated) -> Json:
    """Show the customer that an answer to the message is being written."""
    async with request.form() as form:
        channel, sid = form.get("channel"), str(form.get("messageId", ""))
    message = emulator.store.message(sid)
    if channel != "whatsapp" or message is None or message.direction != "inbound":
        raise TwilioError(20404, 404, sid)
    emulator.typing.start(message)
    return {"success": True}


def _message(sid: str, request: Request, emulator: Emulated) -> Message:
    message = emulator.store.message(sid)
    if message is None:
        raise TwilioError(20404, 404, request.url.path)
    return message


def _matching(emulator: Emulated, filters: dict[str, str]) -> Iterator[Message]:
    business = address(emulator.business_phone)
    dates = {name: _moment(value) for name, value in filters.items() if name.startswith("DateSent")}
    for message in emulator.store.messages():
        customer = address(message.phone)
        sender, recipient = (customer, business) if message.direction == "inbound" else (business, customer)
        if filters.get("To", recipient) != recipient or filters.get("From", sender) != sender:
            continue
        sent = message.at if message.direction == "inbound" else message.sent_at
        if not dates or (sent is not None and _is_within(sent, dates)):
            yield message


def _is_within(sent: datetime, dates: dict[str, datetime]) -> bool:
    earliest = dates.get("DateSent>", sent)
    latest = dates.get("DateSent<", sent)
    day = dates.get("DateSent", sent.replace(hour=0, minute=0, second=0, microsecond=0))
    return earliest <= sent <= latest and day <= sent < day + timedelta(days=1)


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as exc:
        raise TwilioError(20001) from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
