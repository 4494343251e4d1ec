from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from connectors.errors import Refused
from connectors.settings import Settings
from connectors.whatsapp.door import Door, Knock

PATH = "/api/whatsapp/webhook"
SETTINGS = Settings(
    twilio_auth_token="ours", public_url="https://bot.example.com", twilio_api_base_url="https://api.twilio.com"
)
forms = st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), max_size=20)


def knock(form: dict[str, str], signature: str, peer: str = "203.0.113.7", target: str = PATH) -> Knock:
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return Knock(target, headers, peer, urlencode(form).encode())


def sign(form: dict[str, str], url: str = SETTINGS.public_url + PATH, token: str = "ours") -> str:
    return str(RequestValidator(token).compute_signature(url, form))


@given(forms)
def test_admits_every_form_that_twilio_signed_whole(form: dict[str, str]) -> None:
    form["AccountSid"] = SETTINGS.twilio_account_sid
    assert dict(Door(SETTINGS).admit(knock(form, sign(form)))) == form


@given(forms, forms)
def test_refuses_every_form_that_twilio_did_not_sign(form: dict[str, str], other: dict[str, str]) -> None:
    form["AccountSid"] = other["AccountSid"] = SETTINGS.twilio_account_sid
    if sign(form) == sign(other):
        return
    with pytest.raises(Refused) as refusal:
        Door(SETTINGS).admit(knock(form, sign(other)))
    assert refusal.value.status == 403


def test_admits_a_signature_made_with_the_port_in_the_url() -> None:
    form = {"AccountSid": SETTINGS.twilio_account_sid}
    assert Door(SETTINGS).admit(knock(form, sign(form, "https://bot.example.com:443" + PATH)))


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("203.0.113.7", False), ("", False)],
)
def test_the_sandboxs_token_is_good_for_loopback_peers_only(peer: str, admitted: bool) -> None:
    settings = Settings()
    form = {"AccountSid": settings.twilio_account_sid}
    signature = sign(form, settings.public_url + PATH, settings.twilio_auth_token)
    if admitted:
        assert Door(settings).admit(knock(form, signature, peer))
    else:
        with pytest.raises(Refused) as refusal:
            Door(settings).admit(knock(form, signature, peer))
        assert refusal.value.status == 403
