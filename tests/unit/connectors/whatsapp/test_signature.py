"""Which signatures the door takes for Twilio's, held against Twilio's own validator."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, MultiDict
from twilio.request_validator import RequestValidator

from connectors.errors import Refused
from connectors.settings import Settings
from connectors.whatsapp.door import Door, Knock

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
BASE = "https://bot.example.com"
TARGET = "/api/whatsapp/status?turn=SM1&number=0&nota=mex%20ico+%C3%B1%2f"
FORM_TYPE = "application/x-www-form-urlencoded; charset=UTF-8"
ONLY_ONCE = ["MessageSid", "From", "To", "Body", "MessageStatus"]

Fields = list[tuple[str, str]]

names = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12).filter(str.isprintable)
values = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20) | st.sampled_from(["", "+", "a+b c", "¡Sí!"])
# Few names, so that they repeat.
fields = st.tuples(st.sampled_from(["Body1", "body1", "ñ", "a"]) | names, values)
forms = st.lists(fields.filter(lambda field: field[0] not in {"AccountSid", *ONLY_ONCE}), max_size=12)
targets = st.sampled_from([TARGET, "/api/whatsapp/webhook", "/api/whatsapp/webhook?", "/api/whatsapp/webhook?a=&b=%20"])


@cache
def door(token: str = "ours", public_url: str = BASE) -> Door:
    return Door(Settings(twilio_auth_token=token, public_url=public_url, twilio_account_sid=ACCOUNT, production=False))


def signed(url: str, form: Fields, token: str = "ours") -> str:
    return str(RequestValidator(token).compute_signature(url, MultiDict(form)))


def admit(door: Door, target: str, form: Fields, signature: str, quote_via: object = quote_plus) -> Fields:
    headers = CIMultiDict({"Content-Type": FORM_TYPE, "X-Twilio-Signature": signature})
    body = urlencode(form, quote_via=quote_via).encode()  # type: ignore[arg-type]
    return list(door.admit(Knock(target, headers, "203.0.113.7", body)).items())


def status_of_refusal(door: Door, target: str, form: Fields, signature: str) -> int:
    with pytest.raises(Refused) as refusal:
        admit(door, target, form, signature)
    return refusal.value.status


@settings(deadline=None)
@given(forms, targets, st.randoms(use_true_random=False), st.sampled_from([quote_plus, quote]))
def test_admits_every_form_that_twilio_signed_whole_and_in_any_order(
    form: Fields, target: str, random: object, quote_via: object
) -> None:
    form = [*form, ("AccountSid", ACCOUNT)]
    signature = signed(BASE + target, form)
    random.shuffle(form)  # type: ignore[attr-defined]
    # The validator itself takes the "?" off an empty query.
    assert RequestValidator("ours").validate(BASE + target, MultiDict(form), signature) or target.endswith("?")
    assert admit(door(), target, form, signature, quote_via) == form


@settings(deadline=None)
@given(forms, st.integers(min_value=0), st.sampled_from(["name", "value", "gone", "new"]), fields)
def test_refuses_a_form_of_which_one_field_changed(form: Fields, place: int, what: str, other: tuple[str, str]) -> None:
    form = [("AccountSid", ACCOUNT), ("z", "1"), *form]
    signature = signed(BASE + TARGET, form)
    place = 1 + place % (len(form) - 1)
    name, value = form[place]
    news = {"name": [(other[0], value)], "value": [(name, other[1])], "gone": [], "new": [form[place], other]}
    changed = [*form[:place], *news[what], *form[place + 1 :]]
    # Twilio's signature cannot tell {"a": "bc"} from {"ab": "c"}, nor how often the same field came.
    assume(signed(BASE + TARGET, changed) != signature)
    assert status_of_refusal(door(), TARGET, changed, signature) == 403


@settings(deadline=None)
@given(forms, st.integers(min_value=0, max_value=len(TARGET) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_refuses_another_url_than_the_one_that_was_signed(form: Fields, place: int, other: str) -> None:
    form = [*form, ("AccountSid", ACCOUNT)]
    signature = signed(BASE + TARGET, form)
    changed = TARGET[:place] + other + TARGET[place + 1 :]
    assume(changed != TARGET)
    assert status_of_refusal(door(), changed, form, signature) == 403
    assert status_of_refusal(door(public_url="https://other.example.com"), TARGET, form, signature) == 403
    assert status_of_refusal(door(public_url="http://bot.example.com"), TARGET, form, signature) == 403


@settings(deadline=None)
@given(forms, st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters=","), min_size=1))
def test_refuses_what_another_token_signed(form: Fields, token: str) -> None:
    assume(token.strip() not in ("ours", ""))
    form = [*form, ("AccountSid", ACCOUNT)]
    assert status_of_refusal(door(), TARGET, form, signed(BASE + TARGET, form, token)) == 403


@settings(deadline=None)
@given(forms, st.integers(min_value=0), st.characters())
def test_refuses_a_signature_of_which_one_character_changed(form: Fields, place: int, other: str) -> None:
    form = [*form, ("AccountSid", ACCOUNT)]
    signature = signed(BASE + TARGET, form)
    place %= len(signature)
    for changed in (signature[:place] + other + signature[place + 1 :], signature[:place], signature + other):
        if changed != signature:
            assert status_of_refusal(door(), TARGET, form, changed) == 403


@pytest.mark.parametrize("signature", ["ñ", "\udcff", "\x00", "=", "a" * 4096])
def test_refuses_a_signature_that_is_none(signature: str) -> None:
    assert status_of_refusal(door(), TARGET, [("AccountSid", ACCOUNT)], signature) == 403


@pytest.mark.parametrize(
    "public_url",
    [
        "https://bot.example.com",
        "https://bot.example.com:8443",
        "http://bot.example.com/bots/one",
        "https://user:secret@bot.example.com",
        "http://[::1]:5005",
        "http://[2001:db8::1]",
    ],
)
def test_admits_a_signature_made_with_or_without_the_port(public_url: str) -> None:
    form = [("AccountSid", ACCOUNT)]
    match = re.fullmatch(r"(https?)(://.*?)(?::(\d+))?(/bots/one)?", public_url)
    assert match
    scheme, authority, port, path = match.groups()
    standard = {"http": "80", "https": "443"}[scheme]
    urls = {f"{scheme}{authority}{given}{path or ''}" for given in ("", f":{port or standard}")}
    assert len(urls) == 2
    for url in urls:
        assert admit(door(public_url=public_url), TARGET, form, signed(url + TARGET, form))
    wrong_port = f"{scheme}{authority}:1{path or ''}"
    assert status_of_refusal(door(public_url=public_url), TARGET, form, signed(wrong_port + TARGET, form)) == 403


@pytest.mark.parametrize("name", ONLY_ONCE)
def test_refuses_a_field_that_decides_and_comes_twice(name: str) -> None:
    form = [("AccountSid", ACCOUNT), (name, "a"), (name, "b")]
    assert status_of_refusal(door(), TARGET, form, signed(BASE + TARGET, form)) == 400
    assert admit(door(), TARGET, form[:2], signed(BASE + TARGET, form[:2]))


@pytest.mark.parametrize("accounts", [[], [""], [ACCOUNT[:-1] + "0"], [ACCOUNT, ACCOUNT[:-1] + "0"], [ACCOUNT.lower()]])
def test_refuses_another_account_with_the_right_signature(accounts: list[str]) -> None:
    form = [("Body", "hola"), *(("AccountSid", account) for account in accounts)]
    assert status_of_refusal(door(), TARGET, form, signed(BASE + TARGET, form)) == 403


def test_admits_both_tokens_while_one_replaces_the_other() -> None:
    form = [("AccountSid", ACCOUNT)]
    for token in ("new", "old"):
        assert admit(door("new,old"), TARGET, form, signed(BASE + TARGET, form, token))
    for token in ("older", "new,old", ""):
        assert status_of_refusal(door("new,old"), TARGET, form, signed(BASE + TARGET, form, token)) == 403


def knock_of(body: bytes, target: str | None = None, signature: str | None = None) -> Knock:
    """Return a JSON request as Twilio signs one: a hash of the body is part of the URL, the fields are not."""
    if target is None:
        target = f"{TARGET}&bodySHA256={sha256(body).hexdigest()}"
    signature = signed(BASE + target, []) if signature is None else signature
    headers = CIMultiDict({"Content-Type": "application/json", "X-Twilio-Signature": signature})
    return Knock(target, headers, "203.0.113.7", body)


def status_of(knock: Knock) -> int:
    with pytest.raises(Refused) as refusal:
        door().admit(knock)
    return refusal.value.status


@settings(deadline=None)
@given(st.dictionaries(names, values, max_size=12), st.booleans())
def test_admits_a_flat_json_object_whose_hash_is_in_the_signed_url(form: dict[str, str], as_ascii: bool) -> None:
    form["AccountSid"] = ACCOUNT
    body = json.dumps(form, ensure_ascii=as_ascii)
    knock = knock_of(body.encode())
    assert RequestValidator("ours").validate(BASE + knock.target, body, knock.headers["x-twilio-signature"])
    assert dict(door().admit(knock)) == form


def test_refuses_json_unless_both_the_hash_and_the_signature_hold() -> None:
    body = json.dumps({"AccountSid": ACCOUNT, "Body": "hola"}).encode()
    other = body.replace(b"hola", b"pago")
    good = knock_of(body)
    assert door().admit(good)
    assert status_of(knock_of(other, good.target)) == 403
    assert status_of(knock_of(body, good.target, signed(BASE + good.target, [], "theirs"))) == 403
    assert status_of(knock_of(other, knock_of(other).target, good.headers["x-twilio-signature"])) == 403
    assert status_of(knock_of(body, TARGET)) == 403
    assert status_of(knock_of(body, TARGET + "&bodySHA256=")) == 403


def test_refuses_json_whose_hash_is_not_the_end_of_the_url_or_not_the_only_one() -> None:
    body = json.dumps({"AccountSid": ACCOUNT}).encode()
    given = f"bodySHA256={sha256(body).hexdigest()}"
    other = f"bodySHA256={sha256(b'{}').hexdigest()}"
    for query in (f"{given}&a=1", f"{given}a", f"{other}&{given}", f"{given}&{other}", f"x{given}", given.upper()):
        assert status_of(knock_of(body, f"/api/whatsapp/status?{query}")) == 403, query
    assert door().admit(knock_of(body, f"/api/whatsapp/status?{given}"))


def test_refuses_json_that_was_signed_as_a_form_and_a_form_that_was_signed_as_json() -> None:
    body = json.dumps({"AccountSid": ACCOUNT}).encode()
    target = knock_of(body).target
    form = [("AccountSid", ACCOUNT)]
    assert status_of(knock_of(body, target, signed(BASE + target, form))) == 403
    assert status_of_refusal(door(), target, form, signed(BASE + target, [])) == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"a"',
        b'[["AccountSid", "%s"]]' % ACCOUNT.encode(),
        b'{"a": 1}',
        b'{"a": null}',
        b'{"a": {}}',
        b'{"a": ["b"]}',
        b'{"": "a"}',
        b'{"a\\u0000": "a"}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": "a"}',
        b'{"a": "\xff"}',
        b"[" * 50_000,
        json.dumps({f"a{n}": "" for n in range(201)}).encode(),
    ],
)
def test_refuses_signed_json_that_is_no_form(body: bytes) -> None:
    assert status_of(knock_of(body)) == 400
