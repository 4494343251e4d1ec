"""What it costs to read a webhook's form and check Twilio's signature, beside one HMAC-SHA1 of the same body."""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

from multidict import CIMultiDict
from twilio.request_validator import RequestValidator

from connectors.settings import Settings
from connectors.whatsapp.door import MAX_BODY_BYTES, MAX_FIELDS, Door, Knock
from tests.bench.side_by_side import Row, compare, table

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"
SETTINGS = Settings(
    twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, public_url="https://bot.example.com", production=False
)
TARGET = "/api/whatsapp/webhook"
TYPICAL = {
    "AccountSid": ACCOUNT,
    "ApiVersion": "2010-04-01",
    "Body": "Quiero agendar una cita para mañana a las 3pm",
    "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Ana","WaId":"5215512345678"}}}',
    "From": "whatsapp:+5215512345678",
    "MessageSid": "SM" + "1" * 32,
    "MessageType": "text",
    "NumMedia": "0",
    "NumSegments": "1",
    "ProfileName": "Ana",
    "ReferralNumMedia": "0",
    "SmsMessageSid": "SM" + "1" * 32,
    "SmsSid": "SM" + "1" * 32,
    "SmsStatus": "received",
    "To": "whatsapp:+15005550006",
    "WaId": "5215512345678",
}


def main(arguments: Sequence[str]) -> None:
    """Prints the table."""
    forms = {
        "a typical message": TYPICAL,
        "64 KiB in one field": _filled(TYPICAL, {"Body": ""}),
        f"64 KiB in {MAX_FIELDS} fields": _filled(TYPICAL, {f"Field{n}": "" for n in range(MAX_FIELDS - len(TYPICAL))}),
    }
    rows = [_measure(name, form) for name, form in forms.items()]
    sys.stdout.write(table(rows, "door", "one HMAC"))


def _measure(name: str, form: Mapping[str, str]) -> Row:
    body = urlencode(form).encode()
    signature = RequestValidator(TOKEN).compute_signature(SETTINGS.public_url + TARGET, dict(form))
    headers = CIMultiDict(
        {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "x-twilio-signature": signature}
    )
    knock = Knock(TARGET, headers, "203.0.113.7", body)
    door = Door(SETTINGS)
    return compare(name, partial(door.admit, knock), partial(_hmac, TOKEN.encode(), body))


def _hmac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha1).digest()


def _filled(form: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, str]:
    """Gives the form with its fields lengthened, by words as customers write them, to all that the door takes."""
    empty = {**form, **fields}
    words = "mañana a las tres "
    room = (MAX_BODY_BYTES - len(urlencode(empty))) // len(fields)
    text = words * (room // len(urlencode({"": words})[1:]))
    return {**empty, **dict.fromkeys(fields, text)}


if __name__ == "__main__":
    main(sys.argv[1:])
