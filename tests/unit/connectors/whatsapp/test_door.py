"""Who counts as near, whose word counts on where a request came from, and what is no form."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from multidict import CIMultiDict
from twilio.request_validator import RequestValidator

from connectors.errors import Refused
from connectors.settings import Settings
from connectors.whatsapp.door import Door, Knock

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
PATH = "/api/whatsapp/webhook"
FORM = {"AccountSid": ACCOUNT, "Body": "hola"}
FORM_TYPE = "application/x-www-form-urlencoded"
PROXY, OUTER_PROXY, STRANGER, CLIENT = "10.0.0.5", "172.16.3.4", "203.0.113.7", "198.51.100.9"
PUBLIC, OTHER = "https://bot.example.com", "https://otro.example.com"

Headers = list[tuple[str, str]]


def door(**settings: object) -> Door:
    chosen = {
        "twilio_auth_token": "ours",
        "twilio_account_sid": ACCOUNT,
        "public_url": PUBLIC,
        "trusted_proxies": "10.0.0.5,172.16.0.0/12,fd00::/8",
        "production": False,
        **settings,
    }
    return Door(Settings(**chosen))


def knock(
    url: str = PUBLIC + PATH,
    headers: Headers | None = None,
    peer: str = STRANGER,
    token: str = "ours",
    path: str = PATH,
) -> Knock:
    """Return FORM, as it was signed for the URL."""
    signature = RequestValidator(token).compute_signature(url, FORM)
    given = [("Content-Type", FORM_TYPE), ("X-Twilio-Signature", signature), ("Host", "inside:5005")]
    return Knock(path, CIMultiDict([*given, *(headers or [])]), peer, urlencode(FORM).encode())


def is_admitted(knock: Knock, **settings: object) -> bool:
    try:
        form = door(**settings).admit(knock)
    except Refused as refusal:
        return {403: False}[refusal.status]
    return dict(form) == FORM


# Each says that the client wrote to OTHER.
TELLING = {
    "x-forwarded": [
        ("X-Forwarded-For", CLIENT),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "otro.example.com"),
    ],
    "x-forwarded with the port": [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "otro.example.com"),
        ("X-Forwarded-Port", "443"),
    ],
    "the host alone": [("X-Forwarded-Host", "otro.example.com")],
    "the host as it is": [("Host", "otro.example.com"), ("X-Forwarded-Proto", "https")],
    "rfc 7239": [("Forwarded", f"for={CLIENT};proto=https;host=otro.example.com;by=_x")],
    "rfc 7239, quoted": [("Forwarded", f'For="{CLIENT}:4711"; Host="otro.example\\.com" ;Proto=HTTPS')],
    "both, alike": [
        ("X-Forwarded-For", CLIENT),
        ("X-Forwarded-Host", "otro.example.com"),
        ("Forwarded", f"for={CLIENT};host=otro.example.com"),
    ],
    "two proxies": [
        ("X-Forwarded-For", f"192.0.2.1, {CLIENT}, {OUTER_PROXY}"),
        ("X-Forwarded-Host", "evil.example.com, otro.example.com, inner"),
        ("X-Forwarded-Proto", "https"),
    ],
    "two proxies by rfc 7239": [
        ("Forwarded", "for=192.0.2.1;host=evil.example.com"),
        ("Forwarded", f"for={CLIENT};host=otro.example.com, for={OUTER_PROXY};host=inner"),
    ],
}


@pytest.mark.parametrize("told", TELLING.values(), ids=TELLING)
def test_a_trusted_proxys_word_on_the_url_counts_and_nobody_elses(told: Headers) -> None:
    if told[0][0] == "Host":
        plain = knock(OTHER + PATH, peer=PROXY)
        headers = CIMultiDict({**plain.headers, **dict(told)})
        behind_proxy, direct = (Knock(PATH, headers, peer, plain.body) for peer in (PROXY, STRANGER))
    else:
        behind_proxy, direct = (knock(OTHER + PATH, told, peer) for peer in (PROXY, STRANGER))
    assert is_admitted(behind_proxy)
    assert not is_admitted(direct)
    assert not is_admitted(behind_proxy, trusted_proxies=None)


@pytest.mark.parametrize("told", TELLING.values(), ids=TELLING)
def test_the_public_url_counts_whatever_proxies_say(told: Headers) -> None:
    assert is_admitted(knock(headers=told[:0] if told[0][0] == "Host" else told, peer=PROXY))
    assert is_admitted(knock(peer=PROXY))


@pytest.mark.parametrize(
    "told",
    [
        [("X-Forwarded-Host", "otro.example.com"), ("Forwarded", "host=evil.example.com")],
        [("X-Forwarded-For", CLIENT), ("Forwarded", "host=otro.example.com")],
        [("Forwarded", "host=otro.example.com"), ("X-Forwarded-For", CLIENT)],
        [("X-Forwarded-Host", "otro.example.com"), ("Forwarded", "host=")],
        [("X-Forwarded-Host", "otro.example.com"), ("Forwarded", '"')],
        [("Forwarded", 'host="otro.example.com')],
        [("Forwarded", "host=otro.example.com, for")],
        [("X-Forwarded-Host", "evil.example.com"), ("X-Forwarded-Host", "inner")],
        [("X-Forwarded-Host", "otro.example.com"), ("X-Forwarded-Proto", "http")],
        [("X-Forwarded-Host", "otro.example.com"), ("X-Forwarded-Proto", "javascript")],
        [("X-Forwarded-Host", "otro.example.com/x")],
        [("X-Forwarded-Host", "a@otro.example.com")],
        [("X-Forwarded-Host", "otro.example.com"), ("X-Forwarded-Port", "x")],
        [("X-Forwarded-Server", "otro.example.com")],
        [("X-Original-Host", "otro.example.com")],
    ],
)
def test_what_a_proxy_did_not_clearly_say_does_not_count(told: Headers) -> None:
    assert not is_admitted(knock(OTHER + PATH, told, PROXY))


def test_a_proxy_may_name_another_port() -> None:
    told = [("X-Forwarded-Host", "otro.example.com"), ("X-Forwarded-Port", "8443")]
    assert is_admitted(knock(OTHER + ":8443" + PATH, told, PROXY))
    assert is_admitted(knock(OTHER + ":8443" + PATH, [("X-Forwarded-Host", "otro.example.com:8443")], PROXY))


def test_what_a_proxy_takes_off_the_path_stands_in_the_public_url() -> None:
    assert is_admitted(knock(PUBLIC + "/bot" + PATH), public_url=PUBLIC + "/bot")
    prefixed = [("X-Forwarded-Host", "otro.example.com"), ("X-Forwarded-Prefix", "/bot")]
    assert not is_admitted(knock(OTHER + "/bot" + PATH, prefixed, PROXY))


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        (STRANGER, [], STRANGER),
        (f"::ffff:{STRANGER}", [], STRANGER),
        ("", [], ""),
        (STRANGER, [("X-Forwarded-For", CLIENT)], STRANGER),
        (PROXY, [], PROXY),
        (PROXY, [("X-Forwarded-For", CLIENT)], CLIENT),
        (f"::ffff:{PROXY}", [("X-Forwarded-For", CLIENT)], CLIENT),
        (PROXY, [("X-Forwarded-For", f"192.0.2.1, {CLIENT}")], CLIENT),
        (PROXY, [("X-Forwarded-For", f"192.0.2.1, {CLIENT}, {OUTER_PROXY}")], CLIENT),
        (PROXY, [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-For", CLIENT)], CLIENT),
        (PROXY, [("X-Forwarded-For", f"{OUTER_PROXY},{PROXY}")], OUTER_PROXY),
        (PROXY, [("X-Forwarded-For", f"{CLIENT}:5050")], CLIENT),
        (PROXY, [("X-Forwarded-For", "[2001:db8::1]:5050")], "2001:db8::1"),
        (PROXY, [("X-Forwarded-For", f"{CLIENT}, unknown")], PROXY),
        (PROXY, [("X-Forwarded-For", f"{CLIENT},")], PROXY),
        (PROXY, [("Forwarded", f'for=192.0.2.1, for="{CLIENT}:1";proto=http')], CLIENT),
        (PROXY, [("Forwarded", 'for="[2001:db8::1]"')], "2001:db8::1"),
        (PROXY, [("Forwarded", f"for={CLIENT}, for=_hidden")], PROXY),
        (PROXY, [("Forwarded", f"for={CLIENT}, nonsense")], PROXY),
        (PROXY, [("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", CLIENT)], PROXY),
        (PROXY, [("Forwarded", f"for={CLIENT}"), ("X-Forwarded-For", CLIENT)], CLIENT),
        ("fd00::5", [("X-Forwarded-For", CLIENT)], CLIENT),
        ("fe80::5", [("X-Forwarded-For", CLIENT)], "fe80::5"),
    ],
)
def test_the_clients_address_is_the_last_one_that_our_proxies_did_not_add(
    peer: str, told: Headers, address: str
) -> None:
    assert door().client_address(knock(headers=told, peer=peer)) == address


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), (STRANGER, False), ("", False)],
)
def test_the_sandboxs_token_is_good_for_loopback_peers_only(peer: str, admitted: bool) -> None:
    sandbox = {"twilio_auth_token": "sandbox-auth-token", "public_url": "http://127.0.0.1:5005"}
    given = knock("http://127.0.0.1:5005" + PATH, peer=peer, token="sandbox-auth-token")
    assert is_admitted(given, **sandbox) is admitted


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"])
def test_the_sandboxs_token_is_no_good_behind_a_proxy(name: str) -> None:
    sandbox = {
        "twilio_auth_token": "sandbox-auth-token",
        "public_url": "http://127.0.0.1:5005",
        "trusted_proxies": "127.0.0.1",
    }
    given = knock("http://127.0.0.1:5005" + PATH, [(name, "127.0.0.1")], "127.0.0.1", "sandbox-auth-token")
    assert not is_admitted(given, **sandbox)


@pytest.mark.parametrize(
    "body",
    [b"Body=%FF", b"\xff=1", b"no-equals-sign", b"=1", b"a%00=1", b"%0A=1", b"a" * 129 + b"=1", b"a=1&" * 200 + b"a=1"],
)
def test_refuses_what_is_no_form_before_it_looks_at_the_signature(body: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        door().admit(Knock(PATH, knock().headers, STRANGER, body))
    assert refusal.value.status == 400


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x", "application/jsonp"])
def test_refuses_other_types(content_type: str) -> None:
    headers = CIMultiDict({**knock().headers, "Content-Type": content_type})
    with pytest.raises(Refused) as refusal:
        door().admit(Knock(PATH, headers, STRANGER, b"a=1"))
    assert refusal.value.status == 415


def test_refuses_a_body_above_64_kib() -> None:
    with pytest.raises(Refused) as refusal:
        door().admit(Knock(PATH, knock().headers, STRANGER, b"a=" + b"1" * 65_535))
    assert refusal.value.status == 413
