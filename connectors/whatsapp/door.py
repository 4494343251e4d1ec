"""Who may come in: the checks that a webhook passes before its content is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qsl

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from connectors.errors import MalformedForm, Refused
from connectors.settings import Settings

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200

_FORM_TYPE = "application/x-www-form-urlencoded"
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip")


@dataclass(frozen=True)
class Knock:
    """One request as it reached us.

    Attributes:
        target: path and query exactly as they were requested.
        headers: looked up without regard to case.
        peer: address at the other end of the connection, never what a header claims.
        body: the raw body.
    """

    target: str
    headers: Mapping[str, str]
    peer: str
    body: bytes


class Door:
    """Lets in the forms that Twilio signed for this account."""

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        self._account_sid = settings.twilio_account_sid
        self._validators = [RequestValidator(token) for token in settings.auth_tokens]
        self._loopback_only = settings.trusts_loopback_only

    def admit(self, knock: Knock) -> MultiDict[str]:
        """Return the form of a request that Twilio signed.

        Raises:
            Refused: 403 for who is not Twilio, 413 for too much, 415 for no form, 400 for a broken one.
        """
        check_size(len(knock.body))
        if self._loopback_only and not _is_local(knock):
            raise Refused(403, "the sandbox's token counts on this machine only")
        signature = knock.headers.get("x-twilio-signature")
        if not signature:
            raise Refused(403, "no signature")
        if knock.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
            raise Refused(415, "not a form")
        try:
            form = parse_form(knock.body)
        except MalformedForm as exc:
            raise Refused(400, "malformed form") from exc
        if not self._is_signed(knock.target, form, signature):
            raise Refused(403, "wrong signature")
        if form.get("AccountSid") != self._account_sid:
            raise Refused(403, "another account")
        return form

    def _is_signed(self, target: str, form: MultiDict[str], signature: str) -> bool:
        url = self._public_url + target
        return any([validator.validate(url, form, signature) for validator in self._validators])  # noqa: C419


def check_size(size: int) -> None:
    """Refuse (413) a body of more than 64 KiB; Twilio's largest form has a tenth of that."""
    if size > MAX_BODY_BYTES:
        raise Refused(413, "too large")


def parse_form(body: bytes) -> MultiDict[str]:
    """Return all fields of a form, the empty ones too: Twilio signs those as well.

    Raises:
        MalformedForm: the body is not UTF-8, not `name=value` pairs, or has more than 200 of them.
    """
    try:
        return MultiDict(
            parse_qsl(
                body.decode("utf-8"),
                keep_blank_values=True,
                strict_parsing=bool(body),
                errors="strict",
                max_num_fields=MAX_FIELDS,
            )
        )
    except ValueError as exc:
        raise MalformedForm("not a form") from exc


def _is_local(knock: Knock) -> bool:
    if any(name in knock.headers for name in _PROXY_HEADERS):
        return False
    try:
        address = ip_address(knock.peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback
