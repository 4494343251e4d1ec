"""Who may use the admin API, and how what it refuses is refused."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from connectors.orchestrator.contract import FILE
from tests.integration.connectors.orchestrator_world import (
    ADMIN,
    OTHER_TOKEN,
    TEST,
    TOKEN,
    World,
    orchestrator_world,
)

EXAMPLES = {"type": "examples"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with serving_world(tmp_path) as world:
        yield world


def serving_world(folder: Path, **settings: Any) -> AbstractAsyncContextManager[World]:
    return orchestrator_world(f"sqlite:///{folder}/test.db", folder, **settings)


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    problem: dict[str, Any] = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"].endswith(f"/{code}")
    assert problem["instance"].startswith("urn:uuid:")
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("token", [TOKEN, OTHER_TOKEN])
async def test_every_token_opens(world: World, token: str) -> None:
    answer = await world.http.get(TEST, params=EXAMPLES, headers={"authorization": f"bearer {token}"})
    assert answer.status_code == 200


async def test_without_a_token_it_says_how_to_bring_one(world: World) -> None:
    del world.http.headers["authorization"]
    answer = await world.look("health")
    assert_problem(answer, 401, "token_missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="orchestrator"'
    assert world.neighbours.asked == []


@pytest.mark.parametrize(
    "header",
    [
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer",
        "Bearer ñ",
        f"Bearer {TOKEN},{TOKEN}",
    ],
)
async def test_a_wrong_token_does_not_open(world: World, header: str) -> None:
    answer = await world.http.post(
        ADMIN, json={"action": "release", "all": True}, headers={"authorization": header.encode()}
    )
    assert_problem(answer, 401, "token_wrong")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert world.rows("SELECT * FROM admin_audit") == []


async def test_two_tokens_in_one_request_do_not_open(world: World) -> None:
    headers = [("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer x")]
    del world.http.headers["authorization"]
    assert_problem(await world.http.get(TEST, params=EXAMPLES, headers=headers), 401, "token_wrong")


async def test_without_tokens_this_machine_alone_is_let_in(tmp_path: Path) -> None:
    async with serving_world(tmp_path, orchestrator_token=None) as world:
        assert (await world.http.get(TEST, params=EXAMPLES)).status_code == 200
        for headers in ({"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=1.2.3.4"}, {"host": "evil.example"}):
            assert_problem(await world.http.get(TEST, params=EXAMPLES, headers=headers), 403, "not_local")


async def test_without_tokens_nobody_is_let_in_where_customers_are_real(tmp_path: Path) -> None:
    live = {"production": True, "public_url": "https://bot.example.com", "twilio_api_base_url": "https://127.0.0.1:1"}
    async with serving_world(
        tmp_path, orchestrator_token=None, orchestrator_address_limit="50/minute", **live
    ) as world:
        assert_problem(await world.http.get(TEST, params=EXAMPLES), 403, "no_token_set")


async def test_an_address_is_answered_so_often_and_no_more(tmp_path: Path) -> None:
    async with serving_world(tmp_path, orchestrator_address_limit="3/hour") as world:
        statuses = [(await world.http.get(TEST, params=EXAMPLES)).status_code for _ in range(3)]
        assert statuses == [200] * 3
        refused = await world.http.get(TEST, params=EXAMPLES)
        assert_problem(refused, 429, "too_many_requests")
        assert refused.headers["retry-after"] == "3600"


async def test_refusals_count_tenfold_and_lock_no_operator_out(tmp_path: Path) -> None:
    async with serving_world(tmp_path, orchestrator_address_limit="20/hour") as world:
        wrong = {"authorization": "Bearer of-somebody-who-guesses"}
        statuses = [(await world.http.get(TEST, params=EXAMPLES, headers=wrong)).status_code for _ in range(3)]
        assert statuses == [401, 401, 429]
        assert (await world.http.get(TEST, params=EXAMPLES)).status_code == 200


async def test_limits_hold_for_all_servers_that_share_redis(tmp_path: Path, redis_url: str) -> None:
    settings = {"orchestrator_address_limit": "2/hour", "redis_url": redis_url}
    async with serving_world(tmp_path, **settings) as one, serving_world(tmp_path, **settings) as other:
        statuses = [(await world.http.get(TEST, params=EXAMPLES)).status_code for world in (one, other, one)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", [ADMIN, TEST, ADMIN + "/openapi.yaml", ADMIN + "/nowhere"])
async def test_other_methods_are_refused_also_a_browsers_preflight(world: World, method: str, path: str) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = await world.http.request(method, path, headers=headers)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == ("GET" if path.endswith("yaml") else "GET, POST")
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_head_is_refused_without_a_body(world: World) -> None:
    answer = await world.http.head(ADMIN)
    assert (answer.status_code, answer.content) == (405, b"")


async def test_the_document_is_only_read(world: World) -> None:
    answer = await world.http.post(ADMIN + "/openapi.yaml", json={})
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


async def test_no_page_of_another_origin_may_read_an_answer(world: World) -> None:
    answer = await world.http.get(TEST, params=EXAMPLES, headers={"origin": "https://evil.example"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/nowhere", "/test/more", "/openapi.json", "/%00", "//test"])
async def test_an_unknown_path_is_a_problem(world: World, path: str) -> None:
    assert_problem(await world.http.get(ADMIN + path), 404, "path_unknown")


async def test_a_slash_at_the_end_makes_no_difference(world: World) -> None:
    assert (await world.http.get(TEST + "/", params=EXAMPLES)).status_code == 200


async def test_the_document_is_what_is_on_file(world: World) -> None:
    answer = await world.http.get(ADMIN + "/openapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(answer.text) == yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("", "request_invalid", "`health`, `stats`"),
        ("action=sleep", "request_invalid", "`health`, `stats`"),
        ("action=logs&usr=x", "parameter_unknown", "`user`"),
        ("action=health&user=test:a", "parameter_unfitting", "`action`"),
        ("action=stats&since=2026-11-24", "parameter_unfitting", "`days`, `user`"),
        ("action=logs&action=logs", "request_invalid", "twice"),
        ("action=logs&limit=0", "request_invalid", "minimum is 1"),
        ("action=logs&limit=1e2", "request_invalid", "type integer"),
        ("action=logs&limit=501", "request_invalid", "maximum is 500"),
        ("action=logs&success=perhaps", "request_invalid", "type boolean"),
        ("action=logs&user=ana", "request_invalid", "A number such as"),
        ("action=logs&user=", "request_invalid", "A number such as"),
        ("action=logs&since=2026-13-01", "moment_invalid", "`since`"),
        ("action=logs&until=0001-01-01T00:00:00%2B14:00", "moment_invalid", "`until`"),
        ("action=logs&cursor=x", "cursor_invalid", "next_cursor"),
        ("action=audit&cursor=x", "cursor_invalid", "next_cursor"),
        ("action=%ff", "request_invalid", "cannot be read"),
        pytest.param("&".join(["a=1"] * 60), "request_invalid", "cannot be read", id="many"),
    ],
)
async def test_a_query_that_is_not_described_is_refused_with_what_is(
    world: World, query: str, code: str, words: str
) -> None:
    problem = assert_problem(await world.http.get(f"{ADMIN}?{query}"), 400, code)
    assert words in problem["detail"]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "json_malformed", "no JSON"),
        (b"{", "json_malformed", "no JSON"),
        (b'"\xff"', "json_malformed", "no JSON"),
        (b'{"action": "prune", "days": NaN}', "json_malformed", "no JSON"),
        pytest.param(b"[" * 30_000, "json_malformed", "no JSON", id="deep"),
        (b"null", "request_invalid", "`pause`, `release`"),
        (b'{"action": "explode"}', "request_invalid", "`pause`, `release`"),
        (b'{"action": ["pause"]}', "request_invalid", "`pause`, `release`"),
        (b'{"action": "pause"}', "request_invalid", "needs `user`"),
        (b'{"action": "pause", "user": "+529987654321x"}', "request_invalid", "`user` does not fit. A number such as"),
        (b'{"action": "pause", "user": "test:ana"}', "request_invalid", "`user` does not fit. A number such as"),
        (b'{"action": "release"}', "request_invalid", "Give `user`, or `all`"),
        (b'{"action": "release", "all": false}', "request_invalid", "`all`"),
        (b'{"action": "release", "all": true, "user": "+5215512345678"}', "request_invalid", "Give `user`, or `all`"),
        (b'{"action": "retry", "sids": ["SM1"]}', "request_invalid", "A MessageSid"),
        (b'{"action": "prune", "days": 1}', "request_invalid", "minimum is 7"),
        (b'{"action": "prune", "days": 30, "dry": true}', "request_invalid", "there are `action`, `days`, `dry_run`"),
    ],
)
async def test_a_body_that_is_not_described_is_refused_with_what_is(
    world: World, body: bytes, code: str, words: str
) -> None:
    answer = await world.http.post(ADMIN, content=body, headers={"content-type": "application/json"})
    problem = assert_problem(answer, 400, code)
    assert words in problem["detail"]
    assert "9987654321" not in answer.text
    assert world.rows("SELECT * FROM admin_audit") == []


async def test_only_json_is_taken(world: World) -> None:
    answer = await world.http.post(ADMIN, data={"action": "alert_test"})
    assert_problem(answer, 415, "not_json")
    charset = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await world.http.post(TEST, content=b'{"message": "hola"}', headers=charset)).status_code == 200


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(world: World) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b" " * 1024

    for content in (b" " * 70_000, chunks()):
        answer = await world.http.post(TEST, content=content, headers={"content-type": "application/json"})
        assert_problem(answer, 413, "body_too_large")


async def test_answers_come_compressed_for_who_accepts_it(world: World) -> None:
    unpacked = {"gzip": gzip.decompress, "deflate": zlib.decompress}
    plain = await _raw(world, "identity")
    for accepted, coding in (("gzip, deflate, br", "gzip"), ("deflate", "deflate"), ("gzip;q=0, *", "deflate")):
        body, headers = await _raw(world, accepted)
        assert (headers["content-encoding"], headers["vary"]) == (coding, "Accept-Encoding")
        assert json.loads(unpacked[coding](body)) == json.loads(plain[0])
        assert len(body) < len(plain[0])
    assert "content-encoding" not in plain[1]


async def _raw(world: World, accepted: str) -> tuple[bytes, httpx.Headers]:
    async with world.http.stream("GET", TEST, params=EXAMPLES, headers={"accept-encoding": accepted}) as answer:
        return b"".join([chunk async for chunk in answer.aiter_raw()]), answer.headers
