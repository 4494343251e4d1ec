"""The reminders of a day, told to the channel: in the customers' words, or not at all."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from actions.reminders import answer
from actions.services import make_services
from actions.settings import Settings
from tests.integration.actions.conftest import free_port

ZONE = ZoneInfo("America/Mexico_City")
REMINDER = {
    "appointment_id": "C-1042",
    "start": "2026-11-25T15:00:00-06:00",
    "session_name": "Carta natal",
    "customer_name": "Ana Pérez",
    "phone": "+5215512345678",
}


class Business:
    """An internal API that tells the reminders it is told to."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any] = (200, {"reminders": []})
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        business = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                business.asked.append((parts.path, parse_qs(parts.query)))
                status, content = business.answer
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)


@pytest.fixture
def business() -> Iterator[Business]:
    business = Business()
    business.thread.start()
    yield business
    business.server.shutdown()
    business.thread.join()
    business.server.server_close()


async def tell(url: str, day: str = "2026-11-25", year: int = 2026) -> tuple[int, dict[str, Any]]:
    settings = Settings(_env_file=None, internal_api_url=url, business_timezone=str(ZONE), internal_api_timeout=2)
    made = make_services(settings)
    now = dt.datetime(year, 11, 24, 9, tzinfo=ZONE)
    services = replace(made, now=lambda: now)
    try:
        return await answer(day, services)
    finally:
        await services.transport.close()


async def test_a_days_reminders_are_told_in_the_customers_words(business: Business) -> None:
    business.answer = 200, {"reminders": [REMINDER, {**REMINDER, "appointment_id": "C-7", "customer_name": None}]}
    status, content = await tell(business.url)
    assert status == 200
    assert content["reminders"][0] == {
        "appointment_id": "C-1042",
        "start": "2026-11-25T15:00:00-06:00",
        "phone": "+5215512345678",
        "name": "Ana Pérez",
        "day": "miércoles 25 de noviembre",
        "time": "15:00",
    }
    assert [(one["appointment_id"], one["name"]) for one in content["reminders"]][1:] == [("C-7", None)]
    assert business.asked == [("/v1/reminders", {"date": ["2026-11-25"]})]


async def test_times_are_the_business_zones_and_another_years_day_names_it(business: Business) -> None:
    business.answer = 200, {"reminders": [{**REMINDER, "start": "2026-11-26T02:30:00Z"}]}
    _, content = await tell(business.url, year=2025)
    (reminder,) = content["reminders"]
    assert (reminder["day"], reminder["time"]) == ("miércoles 25 de noviembre de 2026", "20:30")


@pytest.mark.parametrize("day", ["", "mañana", "2026-13-01", "2026-11-25T10:00"])
async def test_what_is_no_day_is_refused_and_nobody_asked(business: Business, day: str) -> None:
    assert await tell(business.url, day) == (400, {"error": "day_invalid"})
    assert business.asked == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ((500, {}), "service_unavailable"),
        ((200, {"reminders": [REMINDER, {**REMINDER, "start": 7}]}), "contract_broken"),
        ((401, {"code": "unauthorized"}), "contract_broken"),
    ],
)
async def test_where_the_business_does_not_tell_all_none_is_told(
    business: Business, given: tuple[int, Any], code: str
) -> None:
    business.answer = given
    assert await tell(business.url) == (503, {"error": code})


async def test_where_the_business_is_away_none_is_told() -> None:
    assert await tell(f"http://127.0.0.1:{free_port()}") == (503, {"error": "service_unavailable"})


def test_the_action_server_tells_the_sandboxs(action_server: httpx.Client, sandbox: httpx.Client) -> None:
    appointments = sandbox.get("/sandbox/business").json()["appointments"]
    booked = {one["id"]: one["start"].replace("Z", "+00:00") for one in appointments if one["status"] == "booked"}
    told = []
    for day in {dt.datetime.fromisoformat(start).astimezone(ZONE).date() for start in booked.values()}:
        answer = action_server.get("/reminders", params={"day": day.isoformat()})
        told += answer.raise_for_status().json()["reminders"]
    assert {one["appointment_id"] for one in told} <= set(booked)
    assert "+5215512345678" in {one["phone"] for one in told}
    assert action_server.get("/reminders").status_code == 400
