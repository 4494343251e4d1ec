"""Reminders of appointments: once for each and its time, to who wants messages, by the template WhatsApp approved."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from connectors.whatsapp.buttons import Button, Offer
from connectors.whatsapp.delivery import Delivery, DeliveryStatus, Receipt
from connectors.whatsapp.outbox import REMINDER, ContentTemplate, OutgoingMessage
from connectors.whatsapp.reminders import Reminder, Reminders, State
from connectors.whatsapp.texts import load_texts
from sandbox.twilio.content_templates import render
from tests.integration.connectors.databases import DIALECTS, ROOT
from tests.integration.connectors.stores import ANA, BEA, Stores, message, stores
from tests.integration.connectors.test_whatsapp_sending import PHONE, beside_the_sandbox, outbox_comes_to
from tests.integration.connectors.whatsapp_world import (
    ACCOUNT,
    PUBLIC_URL,
    TOKEN,
    Twilio,
    eventually,
    serving,
    serving_channel,
)

NOTICE = "HX00000000000000000000000000000016"
TEMPLATE = "HX00000000000000000000000000000017"
TEXTS = load_texts()
ZONE = ZoneInfo("America/Mexico_City")
BODY = (
    "Hola, Ana. Te recordamos tu cita del miércoles 25 de noviembre a las 15:00 (C-1042). Si necesitas cambiarla o "
    "cancelarla, responde a este mensaje."
)


@pytest.fixture(params=DIALECTS)
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    with stores(request.param, tmp_path, monkeypatch, template=NOTICE) as made:
        yield made


def told(**other: Any) -> dict[str, Any]:
    """Give a reminder as the action server tells it."""
    return {
        "appointment_id": "C-1042",
        "start": "2026-11-25T15:00:00-06:00",
        "phone": PHONE,
        "name": "Ana Pérez",
        "day": "miércoles 25 de noviembre",
        "time": "15:00",
        **other,
    }


def put(kept: Stores, *reminders: dict[str, Any]) -> list[State]:
    judged = kept.do(
        Reminders(kept.inbox, kept.outbox, TEMPLATE, TEXTS).put, [Reminder(**reminder) for reminder in reminders]
    )
    return [one.state for one in judged]


def waiting(kept: Stores) -> list[OutgoingMessage]:
    """Give what is to be sent, and note each as sent."""
    sent = []
    for send in kept.do(kept.outbox.claim, "sender", 100):
        following = send
        while following:
            sent.append(following.message)
            following = kept.do(kept.outbox.sent, following, f"SM{following.message.key}")
    return sent


def test_a_customer_who_never_wrote_gets_the_template_and_its_words_are_kept(kept: Stores) -> None:
    assert put(kept, told()) == [State.DUE]
    (sent,) = waiting(kept)
    assert (sent.recipient, sent.body) == (ANA, BODY)
    assert sent.template == ContentTemplate(TEMPLATE, ("Ana", "miércoles 25 de noviembre", "15:00", "C-1042"))


def test_an_appointment_is_reminded_of_once_and_again_at_its_new_time(kept: Stores) -> None:
    assert put(kept, told()) == [State.DUE]
    same_moment = told(start="2026-11-25T21:00:00+00:00", day="otras palabras")
    assert put(kept, same_moment) == [State.REMINDED]
    kept.later(3600)
    assert put(kept, told(), told(start="2026-11-26T15:00:00-06:00")) == [State.REMINDED, State.DUE]
    assert put(kept, told(), told(start="2026-11-26T15:00:00-06:00")) == [State.REMINDED, State.REMINDED]
    assert len(waiting(kept)) == 2


def test_who_opted_out_or_is_about_to_gets_none_until_they_come_back(kept: Stores) -> None:
    kept.add(message("SM1", "BAJA"), message("SM2", sender=BEA))
    kept.do(kept.inbox.opt, BEA, out=True)
    bea = told(appointment_id="C-1", phone=BEA.removeprefix("whatsapp:"))
    assert put(kept, told(), bea) == [State.UNWANTED, State.UNWANTED]
    assert waiting(kept) == []
    kept.do(kept.inbox.opt, BEA, out=False)
    assert put(kept, bea) == [State.DUE]


@pytest.mark.parametrize(("on_file", "known"), [("+525512345678", ANA), ("+541112345678", "whatsapp:+5491112345678")])
def test_a_customer_is_known_though_the_number_on_file_lacks_the_digit_of_mobiles(
    kept: Stores, on_file: str, known: str
) -> None:
    kept.add(message("SM1", sender=known))
    put(kept, told(phone=on_file))
    assert [sent.recipient for sent in waiting(kept)] == [known]
    kept.do(kept.inbox.opt, known, out=True)
    assert put(kept, told(phone=on_file, appointment_id="C-1")) == [State.UNWANTED]


@pytest.mark.parametrize("name", [None, "", "  "])
def test_without_a_name_the_words_read_well(kept: Stores, name: str | None) -> None:
    put(kept, told(name=name))
    (sent,) = waiting(kept)
    assert sent.body.startswith("Hola, qué gusto saludarte. Te recordamos tu cita")
    assert sent.template is not None
    assert sent.template.variables[0] == "qué gusto saludarte"


@pytest.mark.parametrize("name", ["Ana Pérez", None, "Ana\nMaría"])
def test_the_words_kept_are_those_of_the_sandboxs_template(kept: Stores, name: str | None) -> None:
    put(kept, told(name=name))
    (sent,) = waiting(kept)
    assert sent.template is not None
    variables = {str(number): value for number, value in enumerate(sent.template.variables, start=1)}
    assert render(TEMPLATE, json.dumps(variables)).body == sent.body


def test_what_is_past_or_cannot_be_reached_keeps_nobody_else_from_being_reminded(kept: Stores) -> None:
    past = told(appointment_id="C-1", start=(kept.now - timedelta(minutes=1)).isoformat())
    unreachable = told(appointment_id="C-2", phone="55 1234")
    assert put(kept, past, unreachable, told()) == [State.PAST, State.UNREACHABLE, State.DUE]
    assert [sent.body for sent in waiting(kept)] == [BODY]


def test_looking_changes_nothing(kept: Stores) -> None:
    reminders = Reminders(kept.inbox, kept.outbox, TEMPLATE, TEXTS)
    assert [one.state for one in kept.do(reminders.judge, [Reminder(**told())])] == [State.DUE]
    assert waiting(kept) == []
    assert kept.rows("SELECT * FROM contacts") == []


def test_the_buttons_of_the_answer_before_it_still_count(kept: Stores) -> None:
    choices = (Button("Sí", "/afirmar"),)
    kept.do(kept.outbox.add, [OutgoingMessage("SM0", 0, ANA, "¿sí?", buttons=choices)])
    put(kept, told())
    assert kept.do(kept.outbox.latest_offer, ANA) == Offer(choices, None)


def test_receipts_tell_what_became_of_it_and_where_it_is_refused_no_notice_follows(kept: Stores) -> None:
    put(kept, told())
    (send,) = kept.do(kept.outbox.claim, "sender", 10)
    assert send.age == send.turn_age == timedelta(0)
    kept.do(kept.outbox.sent, send, "SMout")
    assert kept.do(kept.outbox.record, Receipt("SMout", DeliveryStatus.UNDELIVERED, 63016, send.message.key))
    assert kept.do(kept.outbox.delivery, send.message.key) == Delivery(DeliveryStatus.UNDELIVERED, "SMout", 63016)
    assert waiting(kept) == []


# --- The command -------------------------------------------------------------------------------------------------


@dataclass
class ActionServer:
    """An action server that tells what it is told to."""

    endpoints: Path
    answer: tuple[int, Any] = (200, {"reminders": []})
    asked: list[str] = field(default_factory=list)

    async def tell(self, request: Request) -> HTTPResponse:
        self.asked.append(request.args.get("day"))
        return json_response(self.answer[1], status=self.answer[0])


@dataclass
class Run:
    status: int
    output: str
    errors: str


@asynccontextmanager
async def action_server(folder: Path) -> AsyncIterator[ActionServer]:
    server, app = ActionServer(folder / "endpoints.yml"), Sanic(f"actions-{folder.name}", configure_logging=False)
    app.add_route(server.tell, "/reminders", methods=["GET"])
    async with serving(app) as url:
        server.endpoints.write_text(f"action_endpoint:\n  url: {url}/webhook\n", encoding="utf-8")
        yield server


async def remind(database_url: str, endpoints: Path, *options: str, template: str = TEMPLATE, **more: str) -> Run:
    """Does what cron does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connectors.whatsapp", "remind", "--endpoints", str(endpoints), *options),
        cwd=ROOT,
        env={
            "DATABASE_URL": database_url,
            "PATH": "",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "TWILIO_REMINDER_TEMPLATE_SID": template,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "PUBLIC_URL": PUBLIC_URL,
            **more,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return Run(process.returncode or 0, output.decode(), errors.decode())


def tomorrow(**other: Any) -> dict[str, Any]:
    """Give a reminder of an appointment of tomorrow."""
    return told(start=(datetime.now(timezone.utc) + timedelta(days=1)).isoformat(), **other)


async def test_the_command_reminds_beside_a_running_server_once(
    twilio: Twilio, database_url: str, tmp_path: Path
) -> None:
    async with action_server(tmp_path) as actions, serving_channel(twilio, None, database_url) as world:
        bea = BEA.removeprefix("whatsapp:")
        reminders = [tomorrow(), tomorrow(appointment_id="C-2", phone=bea, name=None)]
        actions.answer = 200, {"reminders": reminders}
        first = await remind(database_url, actions.endpoints)
        await eventually(lambda: len(twilio.sent) == 2)
        again = await remind(database_url, actions.endpoints)
        await asyncio.sleep(1.2)
        await world.post(
            twilio.sent[0]["StatusCallback"].removeprefix(PUBLIC_URL),
            {"MessageSid": twilio.sent[0]["sid"], "MessageStatus": "read", "AccountSid": ACCOUNT},
        )
        assert await outbox_comes_to(world, "status, number", [("read", REMINDER), ("queued", REMINDER)])
    day = (datetime.now(ZONE) + timedelta(days=1)).date().isoformat()
    assert (first.status, first.output) == (0, f"{day}: 2 reminders will be sent.\n")
    assert (again.status, again.output) == (0, f"{day}: 0 reminders will be sent, 2 reminded before.\n")
    assert actions.asked == [day, day]
    assert [(sent["To"], sent["ContentSid"]) for sent in twilio.sent] == [(ANA, TEMPLATE), (BEA, TEMPLATE)]
    assert json.loads(twilio.sent[0]["ContentVariables"])["1"] == "Ana"


async def test_a_dry_run_shows_the_appointments_and_no_people_and_writes_to_nobody(
    database_url: str, tmp_path: Path
) -> None:
    async with action_server(tmp_path) as actions:
        actions.answer = 200, {"reminders": [tomorrow()]}
        dry = await remind(database_url, actions.endpoints, "--dry-run", "--day", "2026-11-25")
        assert "0 reminders" not in (await remind(database_url, actions.endpoints)).output
    assert actions.asked[0] == "2026-11-25"
    assert dry.output.splitlines() == [
        "C-1042  miércoles 25 de noviembre, 15:00  due",
        "2026-11-25: 1 reminders would be sent.",
    ]


async def test_tomorrow_is_the_business_zones(tmp_path: Path) -> None:
    async with action_server(tmp_path) as actions:
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            await remind(f"sqlite:///{tmp_path}/x.db", actions.endpoints, BUSINESS_TIMEZONE=zone)
    days = [datetime.now(ZoneInfo(zone)).date() for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")]
    assert actions.asked == [(day + timedelta(days=1)).isoformat() for day in days]
    assert days[0] != days[1]


async def test_without_the_template_it_says_which_variable_is_missing(tmp_path: Path) -> None:
    run = await remind(f"sqlite:///{tmp_path}/x.db", tmp_path / "none.yml", template="")
    assert run.status == 2
    assert "TWILIO_REMINDER_TEMPLATE_SID" in run.errors
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((503, {"error": "service_unavailable"}), "service_unavailable"),
        ((404, {"error": "NotFound"}), "HTTP 404"),
        ((200, {"reminders": [told(), {"phone": PHONE}]}), "HTTP 200"),
        ((200, [PHONE]), "HTTP 200"),
    ],
)
async def test_where_nobody_tells_the_appointments_it_says_so_and_does_nothing(
    tmp_path: Path, answer: tuple[int, Any], says: str
) -> None:
    async with action_server(tmp_path) as actions:
        actions.answer = answer
        run = await remind(f"sqlite:///{tmp_path}/x.db", actions.endpoints)
    assert (run.status, run.output) == (1, "")
    assert says in run.errors
    assert PHONE not in run.errors
    assert not (tmp_path / "x.db").exists()


async def test_where_the_action_server_is_away_it_says_so(tmp_path: Path) -> None:
    async with action_server(tmp_path) as actions:
        pass
    run = await remind(f"sqlite:///{tmp_path}/x.db", actions.endpoints)
    assert run.status == 1
    assert "the action server does not answer" in run.errors
    nameless = await remind(f"sqlite:///{tmp_path}/x.db", tmp_path / "none.yml")
    assert (nameless.status, "action_endpoint" in nameless.errors) == (1, True)


async def test_it_reaches_a_phone_outside_the_24_hours_and_is_answered_as_any_message(tmp_path: Path) -> None:
    async with action_server(tmp_path) as actions, beside_the_sandbox(twilio_window_template_sid=NOTICE) as sandboxed:
        await sandboxed.sandbox.put(f"/sandbox/contacts/{PHONE}/window", json={"hours_ago": 25})
        actions.answer = 200, {"reminders": [tomorrow()]}
        await sandboxed.faults(lose_answers=1)
        assert (await remind(sandboxed.world.settings.database_url, actions.endpoints)).status == 0
        (reminder,) = await sandboxed.answers(1)
        await sandboxed.faults()
        await sandboxed.write(text="no puedo ir")
        answers = await sandboxed.answers(2)
    assert (reminder["text"], reminder["error_code"]) == (BODY, None)
    assert [answer["text"] for answer in answers] == [BODY, "eco: no puedo ir"]
