"""Booking across a change of clocks: what is said, what is booked and what is shown is the business's wall clock."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.actions.conftest import free_port, running
from tests.integration.actions.conversation import Conversation
from tests.integration.actions.talk import Run, Talk

ZONE = ZoneInfo("Europe/Madrid")


@pytest.fixture(scope="module")
def madrid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A business in Madrid that is open every day and books a year ahead."""
    port, database = free_port(), tmp_path_factory.mktemp("madrid") / "sandbox.db"
    url = f"http://127.0.0.1:{port}"
    variables = {
        "SANDBOX_PORT": str(port),
        "SANDBOX_DATABASE_URL": f"sqlite:///{database}",
        "BUSINESS_TIMEZONE": str(ZONE),
    }
    with (
        running([sys.executable, "-m", "sandbox"], f"{url}/health", **variables),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        state = client.get("/sandbox/business").json()
        state["business"]["booking_horizon_days"] = 366
        state["opening_hours"] = [{"weekday": day, "opens": "00:00", "closes": "23:00"} for day in range(7)]
        client.put("/sandbox/business", json=state).raise_for_status()
        yield client


@pytest.fixture(scope="module")
def run(madrid: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = {
        "SANIC_HOST": "127.0.0.1",
        "INTERNAL_API_URL": str(madrid.base_url),
        "BUSINESS_TIMEZONE": str(ZONE),
    }
    output: Path = tmp_path_factory.mktemp("actions") / "out.log"
    command = [sys.executable, "-m", "actions.server", "--port", str(port)]
    with (
        running(command, f"{url}/health", output, **variables),
        httpx.Client(base_url=url, trust_env=False) as client,
    ):

        def call(action: str, conversation: Conversation) -> dict[str, Any]:
            answer: dict[str, Any] = client.post("/webhook", json=conversation.call(action), timeout=20).json()
            return answer

        yield call


def changes() -> list[dt.date]:
    """Gives the days of the coming year on which clocks change."""
    today = dt.datetime.now(ZONE).date()
    noons = [dt.datetime.combine(today + dt.timedelta(days=n), dt.time(12), ZONE) for n in range(2, 360)]
    return [after.date() for before, after in pairwise(noons) if before.utcoffset() != after.utcoffset()]


def booked(madrid: httpx.Client, email: str) -> list[dt.datetime]:
    rows = madrid.get("/sandbox/business").json()["appointments"]
    return [dt.datetime.fromisoformat(row["start"]) for row in rows if row["customer_email"] == email]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("days", [-1, 0, 1])
def test_the_hour_that_was_said_is_the_hour_that_is_booked(
    run: Run, madrid: httpx.Client, which: int, days: int
) -> None:
    day = changes()[which] + dt.timedelta(days=days)
    email, talk = f"c{which}{days + 1}@example.com", Talk(run, f"whatsapp:+3460077{which}{days + 1:03d}")
    assert talk.say(f"agenda el {day:%d/%m/%Y} a las 10:00, {email}", "agendar_cita") == [
        "utter_confirmar_agendar_cita_precio"
    ]
    assert talk.say("sí", "afirmar")[0] == "utter_cita_agendada"
    assert talk.fact("utter_cita_agendada", "hora") == "10:00"
    assert booked(madrid, email) == [dt.datetime.combine(day, dt.time(10), ZONE)]


def test_an_hour_that_the_clock_skips_is_not_booked(run: Run, madrid: httpx.Client) -> None:
    day = next(day for day in changes() if day.month < 7)
    talk = Talk(run, "whatsapp:+34600779999")
    said = talk.say(f"agenda el {day:%d/%m/%Y} a las 2:30 de la madrugada, salto@example.com", "agendar_cita")
    assert said[0] in {"utter_horario_ocupado", "utter_horario_cerrado"}
    assert said[1] == "utter_alternativas"
    assert booked(madrid, "salto@example.com") == []


def test_an_hour_that_comes_twice_is_booked_once(run: Run, madrid: httpx.Client) -> None:
    day = next(day for day in changes() if day.month > 7)
    for number in range(2):
        talk = Talk(run, f"whatsapp:+3460077888{number}")
        talk.say(f"agenda el {day:%d/%m/%Y} a las 2:00 de la madrugada, doble{number}@example.com", "agendar_cita")
        talk.say("sí", "afirmar")
    starts = [start for number in range(2) for start in booked(madrid, f"doble{number}@example.com")]
    assert len({start.astimezone(dt.timezone.utc) for start in starts}) == len(starts)
    assert starts, "neither was booked"


def test_free_times_of_the_week_of_a_change_are_on_the_wall_clock(run: Callable[..., Any]) -> None:
    day = changes()[0]
    talk = Conversation().user(f"qué horarios hay el {day + dt.timedelta(days=1):%d/%m/%Y}?", "consultar_horarios")
    (answer, *_) = run("action_consultar_horarios", talk)["responses"]
    # 10:00 was booked above.
    assert "09:00, 11:00" in answer["horarios"]
