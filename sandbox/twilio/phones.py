"""Telephone numbers and the addresses that Twilio makes of them."""

import re

WHATSAPP = "whatsapp:"

_E164 = re.compile(r"\+[1-9]\d{7,14}")
_SEPARATORS = re.compile(r"[\s().-]")


class InvalidPhoneError(ValueError):
    """What was given cannot be a telephone number."""


def normalise(written: str) -> str:
    """Return the number in E.164 form, with its "+".

    Spaces, hyphens, a missing "+" and a leading "whatsapp:" are forgiven.

    Raises:
        InvalidPhoneError: It is not a number of 8 to 15 digits.
    """
    digits = _SEPARATORS.sub("", written.strip().removeprefix(WHATSAPP)).removeprefix("+")
    phone = f"+{digits}"
    if not _E164.fullmatch(phone) or not digits.isascii():
        raise InvalidPhoneError(written)
    return phone


def address(phone: str) -> str:
    """Return the WhatsApp address of an E.164 number, as Twilio writes it."""
    return f"{WHATSAPP}{phone}"


def wa_id(phone: str) -> str:
    """Return WhatsApp's own name for a number: its digits."""
    return phone.removeprefix("+")
