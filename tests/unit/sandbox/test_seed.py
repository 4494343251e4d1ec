from datetime import date, timedelta

import pytest
import time_machine

from sandbox.internal_api.seed import seed
from sandbox.internal_api.soundness import require_sound

ZONE = "America/Mexico_City"


@pytest.mark.parametrize("day", range(14))
def test_whatever_the_day_the_seed_is_sound(day: int) -> None:
    today = date(2026, 12, 25) + timedelta(days=day)
    with time_machine.travel(f"{today}T23:30:00-06:00"):
        document = seed(ZONE)
    require_sound(document)
    by_id = {appointment.id: appointment for appointment in document.appointments}
    assert by_id["C-1001"].start.date() < today
    assert today < by_id["C-1042"].start.date() <= today + timedelta(days=7)
    assert by_id["C-1042"].start.strftime("%A %H:%M") == "Friday 11:00"


def test_ana_owes_fifty_dollars_for_one_thing_only() -> None:
    document = seed(ZONE)
    paid = {payment.appointment_id for payment in document.payments}
    owed = [row for row in document.appointments if row.customer_email == "ana@example.com" and row.id not in paid]
    assert [(row.id, row.price.amount, row.price.currency) for row in owed] == [("C-1042", "50.00", "USD")]
    assert not [row for row in document.purchases if row.customer_email == "ana@example.com"]
