"""Delivery receipts: signed, in order, to the message's own StatusCallback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.sandbox.twilio_world import ANA, BUSINESS, World, eventually, twilio_world

TWO_BUTTONS, FOUR_ROWS, NOTICE = (f"HX{number:032}" for number in (2, 4, 16))


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def statuses(world: World, sid: str) -> list[str]:
    return [form["MessageStatus"] for form in world.bot.receipts(sid)]


def send(world: World, **message: str) -> str:
    sid: str = world.send(status_callback=f"{world.bot.url}/api/whatsapp/status", **message).sid
    return sid


def test_receipts_come_signed_in_order_until_read(world: World) -> None:
    sid = send(world, body="Hola")
    eventually(lambda: "delivered" in statuses(world, sid))
    world.look()
    eventually(lambda: "read" in statuses(world, sid))

    assert statuses(world, sid) == ["queued", "sent", "delivered", "read"]
    assert world.bot.forged == []
    last = world.bot.receipts(sid)[-1]
    assert (last["From"], last["To"], last["ChannelToAddress"]) == (BUSINESS, f"whatsapp:{ANA}", ANA)
    assert (last["EventType"], last["SmsSid"], last["SmsStatus"]) == ("READ", sid, "read")
    assert "ErrorCode" not in last
    shown = world.chat()[0]
    assert [step["status"] for step in shown["receipts"]] == statuses(world, sid)
    assert world.client.messages(sid).fetch().status == "read"


def test_a_phone_nobody_looks_at_reads_after_a_while(world: World) -> None:
    sid = send(world, body="Hola")

    eventually(lambda: "read" in statuses(world, sid))


def test_a_message_without_a_callback_posts_none(world: World) -> None:
    world.send(body="Hola")
    eventually(lambda: world.chat()[0]["status"] == "delivered")

    assert world.bot.requests == []


@pytest.mark.parametrize(("code", "status"), [(63021, "undelivered"), (30008, "failed")])
def test_a_refused_message_ends_with_the_error_code(world: World, code: int, status: str) -> None:
    world.faults(twilio={"error_code": code})
    sid = send(world, body="Hola")
    eventually(lambda: len(statuses(world, sid)) == 2)

    assert statuses(world, sid) == ["queued", status]
    assert world.bot.receipts(sid)[-1]["ErrorCode"] == str(code)
    assert world.client.messages(sid).fetch().error_code == code
    assert world.chat()[0]["error_code"] == code


def move_window(world: World, hours_ago: float) -> None:
    moved = world.http.put(f"/sandbox/contacts/{ANA}/window", json={"hours_ago": hours_ago})
    assert moved.json()["window_open"] == (hours_ago < 24)


def test_outside_the_24_hour_window_only_approved_templates_arrive(world: World) -> None:
    move_window(world, 24.1)
    variables = '{"1":"¿Sigues ahí?","2":"Sí","3":"No","4":"Quizá","5":"Luego"}'
    refused = [
        send(world, body="¿Sigues ahí?"),
        *(send(world, content_sid=sid, content_variables=variables) for sid in (TWO_BUTTONS, FOUR_ROWS)),
    ]
    approved = send(world, content_sid=NOTICE)

    eventually(lambda: "delivered" in statuses(world, approved))
    for sid in refused:
        eventually(lambda sid=sid: "undelivered" in statuses(world, sid))  # type: ignore[misc]
        assert world.bot.receipts(sid)[-1]["ErrorCode"] == "63016"


def test_within_the_window_everything_arrives(world: World) -> None:
    move_window(world, 23.9)
    sid = send(world, body="¿Sigues ahí?")

    eventually(lambda: "delivered" in statuses(world, sid))


def test_writing_opens_the_window_again(world: World) -> None:
    move_window(world, 72)
    world.write(text="Volví")
    sid = send(world, body="¡Qué bien!")

    eventually(lambda: "delivered" in statuses(world, sid))
