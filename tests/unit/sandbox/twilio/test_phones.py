from __future__ import annotations

import pytest

from sandbox.twilio.phones import InvalidPhoneError, address, normalise, wa_id


@pytest.mark.parametrize(
    "written",
    ["+5215512345678", "5215512345678", " 521 55 1234-5678", "whatsapp:+5215512345678", "+52 (1) 55.1234.5678"],
)
def test_reads_a_phone_however_it_is_written(written: str) -> None:
    assert normalise(written) == "+5215512345678"


@pytest.mark.parametrize(
    "written", ["", "+", "hola", "+0123456789", "1234567", "1" * 16, "++5215512345678", "+٥٢١٥٥١٢٣٤٥"]
)
def test_refuses_what_is_no_phone(written: str) -> None:
    with pytest.raises(InvalidPhoneError):
        normalise(written)


def test_writes_whatsapps_forms() -> None:
    assert address("+34600111222") == "whatsapp:+34600111222"
    assert wa_id("+34600111222") == "34600111222"
