"""Who may come in, by real requests to a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from twilio.request_validator import RequestValidator

from connectors.settings import SANDBOX_AUTH_TOKEN
from tests.integration.connectors.whatsapp_world import (
    ACCOUNT,
    TOKEN,
    World,
    eventually,
    form_of,
    sign,
    whatsapp_world,
)

WEBHOOK = "/api/whatsapp/webhook"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with whatsapp_world() as world:
        yield world


async def assert_no_trace(world: World) -> None:
    """A good message that comes later is the only one the assistant hears of."""
    await world.write("después")
    await eventually(lambda: world.twilio.sent)
    assert world.assistant.texts == ["después"]
    assert world.twilio.bodies() == ["eco: después"]


async def test_admits_a_signed_message_and_answers_it(world: World) -> None:
    response = await world.write("¡Hola! ¿Qué tal?")

    assert (response.status_code, response.content) == (204, b"")
    await eventually(lambda: world.twilio.sent)
    assert world.twilio.bodies() == ["eco: ¡Hola! ¿Qué tal?"]


@pytest.mark.parametrize("signature", ["", "forged", "ñ".encode(), sign(WEBHOOK, {"Body": "other"})])
async def test_refuses_a_wrong_signature_without_a_word_or_a_trace(world: World, signature: str | bytes) -> None:
    response = await world.post(WEBHOOK, form_of(), signature=signature)

    assert (response.status_code, response.content) == (403, b"")
    await assert_no_trace(world)


async def test_refuses_an_unsigned_message(world: World) -> None:
    response = await world.http.post(WEBHOOK, data=form_of())

    assert (response.status_code, response.content) == (403, b"")
    await assert_no_trace(world)


async def test_refuses_a_form_changed_after_it_was_signed(world: World) -> None:
    form = form_of("hola")
    signature = sign(WEBHOOK, form)

    response = await world.post(WEBHOOK, {**form, "Body": "págame"}, signature=signature)

    assert response.status_code == 403
    await assert_no_trace(world)


async def test_refuses_a_signature_made_for_another_path(world: World) -> None:
    form = form_of()
    assert (await world.post(WEBHOOK, form, signature=sign("/otro", form))).status_code == 403


async def test_the_query_of_the_webhook_is_part_of_what_is_signed(world: World) -> None:
    form = form_of()
    path = WEBHOOK + "?origen=mex%20ico"
    assert (await world.post(path, form)).status_code == 204
    assert (await world.post(path, form, signature=sign(WEBHOOK, form))).status_code == 403


async def test_admits_a_photo_without_a_caption_whose_body_is_empty(world: World) -> None:
    response = await world.write("", NumMedia="1", MediaUrl0="https://x.example/1", MediaContentType0="image/jpeg")
    assert response.status_code == 204


async def test_refuses_another_account_with_the_right_signature(world: World) -> None:
    response = await world.post(WEBHOOK, form_of() | {"AccountSid": ACCOUNT[:-1] + "0"})
    assert response.status_code == 403
    await assert_no_trace(world)


async def test_refuses_a_body_that_is_too_large(world: World) -> None:
    response = await world.write("a" * 70_000)
    assert (response.status_code, response.content) == (413, b"")
    await assert_no_trace(world)


async def test_refuses_a_body_that_grows_too_large_without_saying_so(world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"a" * 1024

    headers = {"x-twilio-signature": "x", "content-type": "application/x-www-form-urlencoded"}
    response = await world.http.post(WEBHOOK, content=chunks(), headers=headers)
    assert response.status_code == 413


async def test_refuses_what_is_no_form(world: World) -> None:
    headers = {"x-twilio-signature": "x", "content-type": "text/plain"}
    assert (await world.http.post(WEBHOOK, content="Body=hola", headers=headers)).status_code == 415


async def test_admits_a_message_as_json_with_a_signed_hash(world: World) -> None:
    body = json.dumps(form_of("¡Hola!")).encode()
    path = f"{WEBHOOK}?bodySHA256={sha256(body).hexdigest()}"
    headers = {"x-twilio-signature": sign(path, {}), "content-type": "application/json"}

    changed = await world.http.post(path, content=body.replace(b"Hola", b"Pago"), headers=headers)
    good = await world.http.post(path, content=body, headers=headers)

    assert (changed.status_code, good.status_code) == (403, 204)
    await eventually(lambda: world.twilio.sent)
    assert world.twilio.bodies() == ["eco: ¡Hola!"]


@pytest.mark.parametrize("body", [b"Body=%FF", b"\xff=1", b"no-equals-sign", b"a=1&" * 300 + b"a=1"])
async def test_refuses_a_malformed_form(world: World, body: bytes) -> None:
    headers = {"x-twilio-signature": "x", "content-type": "application/x-www-form-urlencoded"}
    assert (await world.http.post(WEBHOOK, content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize("fields", [{"MessageSid": ""}, {"From": "+5215512345678"}, {"From": "rest:ana"}])
async def test_refuses_a_signed_form_that_is_no_whatsapp_message(world: World, fields: dict[str, str]) -> None:
    assert (await world.post(WEBHOOK, form_of() | fields)).status_code == 400
    await assert_no_trace(world)


async def test_admits_both_tokens_while_one_replaces_the_other() -> None:
    async with whatsapp_world(twilio_auth_token="new-token, old-token") as world:
        for token in ("new-token", "old-token"):
            assert (await world.post(WEBHOOK, form_of(), token=token)).status_code == 204
        assert (await world.post(WEBHOOK, form_of(), token="older-token")).status_code == 403


async def test_the_sandboxs_token_counts_on_this_machine_only() -> None:
    sandbox = {"twilio_auth_token": SANDBOX_AUTH_TOKEN, "public_url": "http://127.0.0.1:5005"}
    async with whatsapp_world(**sandbox) as world:
        form = form_of()
        signature = _sandbox_signature(form)
        local = await world.post(WEBHOOK, form, signature=signature)
        forwarded = await world.post(WEBHOOK, form, signature=signature, headers={"x-forwarded-for": "203.0.113.7"})
    assert (local.status_code, forwarded.status_code) == (204, 403)


@pytest.mark.parametrize(
    "told",
    [
        {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", "x-forwarded-host": "otro.example.com"},
        {"forwarded": 'for=203.0.113.7;proto=https;host="otro.example.com:443"'},
    ],
)
async def test_the_url_that_a_proxy_names_counts_when_the_proxy_is_trusted(told: dict[str, str]) -> None:
    form = form_of()
    signature = str(RequestValidator(TOKEN).compute_signature("https://otro.example.com" + WEBHOOK, form))
    statuses = []
    for proxies in ("127.0.0.0/8", "10.0.0.5"):
        async with whatsapp_world(trusted_proxies=proxies) as world:
            response = await world.post(WEBHOOK, form, signature=signature, headers=told)
            statuses.append(response.status_code)
    assert statuses == [204, 403]


async def test_who_is_refused_too_often_fills_no_log_and_never_shuts_twilio_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with whatsapp_world(whatsapp_address_limit="3/hour") as world:
        statuses = [(await world.post(WEBHOOK, form_of(), signature="x")).status_code for _ in range(6)]
        good = await world.write()
        receipt = {"MessageSid": "SM1", "MessageStatus": "sent", "AccountSid": ACCOUNT}
        good_receipt = await world.post("/api/whatsapp/status", receipt)
    assert statuses == [403, 403, 403, 429, 429, 429]
    assert (good.status_code, good_receipt.status_code) == (204, 204)
    assert caplog.text.count("refused with") == 3


async def test_clients_behind_a_trusted_proxy_are_told_apart() -> None:
    async with whatsapp_world(whatsapp_address_limit="1/hour", trusted_proxies="127.0.0.1") as world:
        statuses = []
        for client in ("203.0.113.7", "203.0.113.7", "203.0.113.8", "192.0.2.1, 203.0.113.7"):
            response = await world.post(WEBHOOK, form_of(), signature="x", headers={"x-forwarded-for": client})
            statuses.append(response.status_code)
    assert statuses == [403, 429, 403, 429]


async def test_receipts_are_signed_too(world: World) -> None:
    receipt = {"MessageSid": "SM1", "MessageStatus": "sent", "AccountSid": ACCOUNT}
    assert (await world.post("/api/whatsapp/status", receipt)).status_code == 204
    assert (await world.post("/api/whatsapp/status", receipt, signature="x")).status_code == 403
    assert (await world.post("/api/whatsapp/status", {"AccountSid": ACCOUNT})).status_code == 400


async def test_tells_that_it_is_alive(world: World) -> None:
    response = await world.http.get("/api/whatsapp/")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def _sandbox_signature(form: dict[str, str]) -> str:
    url = "http://127.0.0.1:5005" + WEBHOOK
    return str(RequestValidator(SANDBOX_AUTH_TOKEN).compute_signature(url, form))
