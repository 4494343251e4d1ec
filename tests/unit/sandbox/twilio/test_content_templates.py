import json

import pytest

from sandbox.twilio.content_templates import APPROVED, render
from sandbox.twilio.errors import TwilioError

REMINDER = f"HX{17:032}"
VALUES = {"1": "Ana", "2": "lunes 7 de diciembre", "3": "15:00", "4": "C-1042"}


def test_a_reminder_is_filled_in_and_may_begin_a_conversation() -> None:
    shown = render(REMINDER, json.dumps({**VALUES, "1": "{{2}}"}))
    assert shown.body.startswith("Hola, {{2}}. Te recordamos tu cita del lunes 7 de diciembre a las 15:00 (C-1042).")
    assert shown.approved


@pytest.mark.parametrize("wrong", [{"4": ""}, {"1": " "}, {"2": "lunes\n7"}, {"2": "lunes    7"}])
def test_a_variable_that_whatsapp_would_not_show_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(TwilioError) as refusal:
        render(REMINDER, json.dumps({**VALUES, **wrong}))
    assert refusal.value.code == 21656


def test_the_notice_needs_no_variables() -> None:
    assert render(f"HX{16:032}", "").body == APPROVED[f"HX{16:032}"]
