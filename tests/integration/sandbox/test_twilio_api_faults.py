"""Faults of the internal API, laid around it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.sandbox.twilio_world import ANA, World, twilio_world


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def test_without_faults_the_api_answers(world: World) -> None:
    assert world.http.get("/v1/health").json() == {"status": "ok"}


def test_an_error_status_comes_as_a_problem_document(world: World) -> None:
    world.faults(api={"status": 503})
    response = world.http.get("/v1/health")

    assert (response.status_code, response.json()["status"]) == (503, 503)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "service_unavailable"


def test_a_dropped_connection_gives_no_answer(world: World) -> None:
    world.faults(api={"drop_rate": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        world.http.get("/v1/health")

    world.faults()
    assert world.http.get("/v1/health").status_code == 200


def test_latency_is_shorter_than_a_patient_clients_limit_only(world: World) -> None:
    world.faults(api={"latency_ms": 300})
    with pytest.raises(httpx.ReadTimeout):
        world.http.get("/v1/health", timeout=0.05)

    assert world.http.get("/v1/health", timeout=10).status_code == 200


def test_twilio_and_the_customers_do_not_suffer_with_it(world: World) -> None:
    world.faults(api={"status": 500, "drop_rate": 1})
    world.write(text="Hola")
    world.send(body="Buenas")

    assert [message["text"] for message in world.chat(ANA)] == ["Hola", "Buenas"]
