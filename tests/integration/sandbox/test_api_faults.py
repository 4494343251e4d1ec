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


def test_a_dropped_connection_has_heard_all_that_was_said(world: World) -> None:
    world.faults(api={"drop_rate": 1})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
        world.http.post("/v1/echo", content=b"x" * 2_000_000)


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


def echo(world: World) -> httpx.Response:
    return world.http.post("/v1/echo", json={"reason": "x", "more": {"list": [1, 2], "text": "¿a?"}})


def test_a_lost_answer_is_to_a_call_that_was_done(world: World) -> None:
    world.faults(api={"lose_answers": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        echo(world)

    assert len(world.done) == 1
    world.faults(api={"drop_rate": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        echo(world)
    assert len(world.done) == 1


def test_a_garbled_answer_is_json_that_ends_in_the_middle(world: World) -> None:
    whole = echo(world)
    world.faults(api={"garble": 1})
    half = echo(world)

    assert (len(world.done), half.status_code, half.headers["X-Kept"]) == (2, 201, "yes")
    assert half.content == whole.content[: len(whole.content) // 2]
    with pytest.raises(ValueError, match=r".+"):
        half.json()


def test_a_mistyped_answer_is_json_with_other_types(world: World) -> None:
    whole = echo(world)
    world.faults(api={"mistype": 1})
    answers = [echo(world) for _ in range(20)]

    assert len(world.done) == 21
    assert all(answer.headers["Content-Type"] == "application/json" for answer in answers)
    assert all(answer.json() != whole.json() for answer in answers)
    assert len({answer.text for answer in answers}) > 1


def test_shares_of_the_answers_are_spoilt_and_the_others_are_whole(world: World) -> None:
    whole = echo(world).text
    world.faults(api={"garble": 0.5})
    halves = [echo(world).text != whole for _ in range(60)]

    # Sixty times the same side of a coin is nothing that anybody will see.
    assert {True, False} == set(halves)


def test_calls_wait_for_as_long_as_is_drawn(world: World) -> None:
    world.faults(api={"latency_up_to_ms": 400})
    waits = [world.http.get("/v1/health").elapsed.total_seconds() for _ in range(12)]

    assert max(waits) < 0.4 + 2
    assert max(waits) - min(waits) > 0.02


def test_no_fault_is_in_force_until_it_is_set(world: World) -> None:
    faults = world.http.get("/sandbox/faults").json()["api"]
    assert faults == {
        "latency_ms": 0,
        "latency_up_to_ms": 0,
        "status": None,
        "rate": 1.0,
        "drop_rate": 0.0,
        "lose_answers": 0.0,
        "garble": 0.0,
        "mistype": 0.0,
    }


@pytest.mark.parametrize("fault", [{"garble": 1.1}, {"mistype": -0.1}, {"latency_up_to_ms": -1}, {"lose": 1}])
def test_refuses_faults_that_cannot_be(world: World, fault: dict[str, float]) -> None:
    assert world.http.put("/sandbox/faults", json={"api": fault}).status_code == 422
