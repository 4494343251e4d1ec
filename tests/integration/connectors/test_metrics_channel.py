"""GET /metrics on a real server, beside the channels whose work it tells of."""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from rasa.core.channels.channel import InputChannel, UserMessage, register
from sanic import Sanic

from connectors.metrics import get_metrics, log_rows_written, set_log_backlog
from connectors.metrics_channel import MetricsInput
from connectors.rest import RestInput
from connectors.settings import Settings
from connectors.turn_note import note_intent
from tests.integration.connectors.whatsapp_world import (
    Assistant,
    Gate,
    Twilio,
    World,
    answering,
    eventually,
    form_of,
    serving,
    serving_channel,
)

TOKEN = {"orchestrator_token": "grafana:0123456789abcdef0123456789abcdef"}
AUTHORISED = {"authorization": "Bearer 0123456789abcdef0123456789abcdef"}
Told = dict[str, dict[tuple[str, ...], float]]
BERTO = "whatsapp:+5215599999999"
PERSONAL = ("5512345678", "5599999999", "Ana", "hola")


@dataclass
class Understanding(Assistant):
    """An assistant that understands all as `saludo`, and knows of another intent."""

    domain: Any = field(default_factory=lambda: SimpleNamespace(intents=["saludo", "ayuda"]))

    async def handle_message(self, message: UserMessage) -> None:
        await super().handle_message(message)
        note_intent("saludo")


@pytest.fixture(autouse=True)
def _fresh_metrics() -> Iterator[None]:
    get_metrics.cache_clear()
    yield
    get_metrics.cache_clear()


@asynccontextmanager
async def measured(twilio: Twilio, assistant: Assistant | None = None, **settings: Any) -> AsyncIterator[World]:
    """Serve WhatsApp, REST and the metrics."""

    def beside(chosen: Settings) -> list[InputChannel]:
        return [RestInput(), MetricsInput(chosen)]

    async with serving_channel(twilio, assistant or Understanding(), beside=beside, **settings) as world:
        yield world


async def scraped(world: World) -> Told:
    """Return the samples by name and labels' values, in the order of the labels' names."""
    answer = await world.http.get("/metrics")
    assert answer.status_code == 200
    assert not [word for word in PERSONAL if word in answer.text]
    found: Told = defaultdict(dict)
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found[sample.name][labels] = sample.value
    return found


async def test_a_turn_is_told_from_its_webhook_to_its_receipt(twilio: Twilio, database_url: str) -> None:
    assistant = Understanding()
    assistant.reply = answering({"text": "uno"}, {"text": "dos"})  # type: ignore[method-assign]
    async with measured(twilio, assistant, database_url=database_url) as world:
        await world.write("hola")
        await _told_once(world, lambda told: told["orquestador_stage_seconds_count"][("whole",)] == 1)
        sid = twilio.sent[0]["sid"]
        for status, code in (("sent", {}), ("undelivered", {"ErrorCode": "63016"})):
            receipt = {**form_of(""), "MessageSid": sid, "MessageStatus": status, **code}
            await world.post("/api/whatsapp/status", receipt)
        await world.write("hola", sender="sms")
        await world.post("/api/whatsapp/webhook", form_of(), signature="wrong")

        told = await scraped(world)

    assert told["orquestador_turns_total"] == {("whatsapp", "saludo", "answered"): 1}
    assert told["orquestador_webhooks_total"] == {
        ("message", "accepted", "204"): 1,
        ("message", "refused", "400"): 1,
        ("message", "refused", "403"): 1,
        ("receipt", "accepted", "204"): 2,
    }
    assert told["orquestador_deliveries_total"] == {
        ("none", "queued"): 2,
        ("none", "sent"): 1,
        ("63xxx", "undelivered"): 1,
    }
    counts = told["orquestador_stage_seconds_count"]
    assert counts == {("acknowledging",): 5, ("waiting",): 1, ("rasa",): 1, ("sending",): 2, ("whole",): 1}
    spent = told["orquestador_stage_seconds_sum"]
    assert spent[("whole",)] >= spent[("waiting",)] + spent[("rasa",)]


async def test_what_waits_now_is_shown_and_then_no_more(twilio: Twilio, database_url: str) -> None:
    gate, assistant = Gate(), Understanding()

    async def wait(message: UserMessage) -> None:
        await gate.opened()
        await message.output_channel.send_response(message.sender_id, {"text": "ya", "hands_over": True})

    assistant.reply = wait  # type: ignore[method-assign]
    async with measured(twilio, assistant, database_url=database_url) as world:
        await world.write("hola")
        await world.write("hola", sender=BERTO)
        await eventually(lambda: len(assistant.heard) == 2)
        before = await scraped(world)
        gate.open()
        await _told_once(world, lambda told: told["orquestador_stage_seconds_count"][("whole",)] == 2)
        # An answer is counted when Twilio has it, and noted as sent a moment later.
        after = await _told_once(world, lambda told: not any(told["orquestador_queue_messages"].values()))

    assert before["orquestador_database_up"] == after["orquestador_database_up"] == {(): 1}
    assert before["orquestador_queue_messages"] == {("inbox",): 2, ("parked",): 0, ("outbox",): 0}
    assert before["orquestador_queue_oldest_seconds"][("inbox",)] > 0
    assert before["orquestador_contacts_handed_over"] == {(): 0}
    assert after["orquestador_queue_messages"] == {("inbox",): 0, ("parked",): 0, ("outbox",): 0}
    assert after["orquestador_queue_oldest_seconds"] == {("inbox",): 0, ("outbox",): 0}
    assert after["orquestador_contacts_handed_over"] == {(): 2}


async def test_a_request_for_patience_ends_no_turn(twilio: Twilio) -> None:
    gate, assistant = Gate(), Understanding()

    async def wait(message: UserMessage) -> None:
        await gate.opened()
        await message.output_channel.send_response(message.sender_id, {"text": "ya"})

    assistant.reply = wait  # type: ignore[method-assign]
    async with measured(twilio, assistant, whatsapp_patience_seconds=0.1) as world:
        await world.write("hola")
        asked = await _told_once(world, lambda told: told["orquestador_stage_seconds_count"][("sending",)] == 1)
        gate.open()
        answered = await _told_once(world, lambda told: told["orquestador_stage_seconds_count"][("whole",)] == 1)
    assert asked["orquestador_stage_seconds_count"][("whole",)] == 0
    assert answered["orquestador_stage_seconds_count"][("sending",)] == 2


async def test_an_answer_that_waits_and_one_that_is_given_up_are_told_apart(twilio: Twilio) -> None:
    twilio.refusals = [(503, {"code": 20500}, {"Retry-After": "60"})]
    async with measured(twilio) as world:
        await world.write("hola")
        waiting = await _told_once(world, lambda told: ("20xxx", "postponed") in told["orquestador_deliveries_total"])
    assert waiting["orquestador_queue_messages"][("outbox",)] == 1
    assert waiting["orquestador_stage_seconds_count"][("whole",)] == 0


async def test_an_answer_that_twilio_refuses_counts_with_its_code(twilio: Twilio) -> None:
    twilio.refuse = lambda form: 21211
    async with measured(twilio) as world:
        await world.write("hola")
        await _told_once(world, lambda told: ("21xxx", "failed") in told["orquestador_deliveries_total"])


async def test_a_turn_that_fails_counts_each_time_and_is_parked(twilio: Twilio) -> None:
    assistant = Understanding()

    async def break_down(message: UserMessage) -> None:
        raise RuntimeError("soy Ana")

    assistant.reply = break_down  # type: ignore[method-assign]
    async with measured(twilio, assistant, whatsapp_turn_attempts=2) as world:
        await world.write("hola")
        await eventually(lambda: twilio.sent)
        told = await scraped(world)
    outcomes = {outcome: count for (_, _, outcome), count in told["orquestador_turns_total"].items()}
    assert outcomes == {"repeated": 1, "failed": 1}
    assert told["orquestador_queue_messages"][("parked",)] == 1
    assert told["orquestador_stage_seconds_count"][("waiting",)] == 1


async def test_what_is_kept_and_not_answered_counts_too(twilio: Twilio) -> None:
    async with measured(twilio, whatsapp_contact_limit="1/minute") as world:
        for text in ("BAJA", "hola", "hola"):
            await world.write(text)
        told = await _told_once(world, lambda told: sum(told["orquestador_turns_total"].values()) == 3)
    outcomes = {outcome: count for (_, _, outcome), count in told["orquestador_turns_total"].items()}
    assert outcomes == {"answered": 1, "ignored": 1, "limited": 1}


async def test_turns_by_rest_count_under_their_channel(twilio: Twilio) -> None:
    assistant = Understanding()
    async with measured(twilio, assistant) as world:
        await world.http.post("/webhooks/rest/webhook", json={"sender": "x", "message": "hola"})

        async def break_down(message: UserMessage) -> None:
            raise RuntimeError("soy Ana")

        assistant.reply = break_down  # type: ignore[method-assign]
        await world.http.post("/webhooks/rest/webhook", json={"sender": "x", "message": "hola"})
        told = await scraped(world)
    assert told["orquestador_turns_total"] == {("rest", "saludo", "answered"): 1, ("rest", "other", "failed"): 1}


async def test_the_conversation_logs_rows_are_told(twilio: Twilio) -> None:
    async with measured(twilio) as world:
        without = await scraped(world)
        log_rows_written(3)
        set_log_backlog(lambda: 12)
        told = await scraped(world)
    assert "orquestador_log_backlog_rows" not in without
    assert told["orquestador_log_backlog_rows"] == {(): 12}
    assert told["orquestador_log_rows_total"] == {("written",): 3, ("dropped",): 0}


async def test_the_process_itself_is_told(twilio: Twilio) -> None:
    async with measured(twilio) as world:
        assert (await scraped(world))["process_resident_memory_bytes"][()] > 0


async def test_a_scrape_outlives_the_database() -> None:
    async with serving_metrics(database_url="postgresql://nobody:s3cret@127.0.0.1:9/none") as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert "orquestador_database_up 0.0" in answer.text
    assert "orquestador_queue_messages{" not in answer.text
    assert "s3cret" not in answer.text


async def test_openmetrics_is_given_to_who_asks_for_it(twilio: Twilio) -> None:
    async with measured(twilio) as world:
        answer = await world.http.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_with_a_token_set_nothing_is_told_without_it() -> None:
    async with serving_metrics(**TOKEN) as http:
        without = await http.get("/metrics")
        wrong = await http.get("/metrics", headers={"authorization": "Bearer nonsense"})
        right = await http.get("/metrics", headers=AUTHORISED)
    assert [answer.status_code for answer in (without, wrong, right)] == [401, 401, 200]
    assert without.headers["www-authenticate"].startswith("Bearer")
    assert not without.content


async def test_without_a_token_only_this_machine_itself_is_told() -> None:
    async with serving_metrics() as http:
        here = await http.get("/metrics")
        through_a_proxy = await http.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})
    assert [here.status_code, through_a_proxy.status_code] == [200, 403]


async def test_a_scrape_leaves_the_event_loop_free() -> None:
    gate = Gate()
    async with serving_metrics() as http:
        set_log_backlog(lambda: asyncio.run(gate.opened()) or 5)
        scrape = asyncio.create_task(http.get("/metrics"))
        # Served meanwhile by the same loop, although the scrape's look is held up.
        meanwhile = await http.get("/nothing")
        gate.open()
        assert "orquestador_log_backlog_rows 5.0" in (await scrape).text
    assert meanwhile.status_code == 404


@asynccontextmanager
async def serving_metrics(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the metrics alone."""
    app = Sanic(f"metrics-{uuid.uuid4().hex}", configure_logging=False)
    chosen = Settings(**{"database_url": "sqlite://", **settings})
    register([MetricsInput(chosen)], app, route="/webhooks/")
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield http


async def _told_once(world: World, condition: Callable[[Told], bool]) -> Told:
    """Return what is told as soon as the condition holds."""
    for _ in range(500):
        if condition(told := await scraped(world)):
            return told
        await asyncio.sleep(0.02)
    raise AssertionError("it was never told")
