from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from sandbox import internal_api
from sandbox.settings import Settings

PROBLEM = "application/problem+json"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic the-token", "the-token"])
@pytest.mark.parametrize("path", ["/v1/business", "/v1/packages", "/v1/contacts/self", "/v1/no-such"])
def test_nobody_without_the_token_gets_in(url: str, header: str | None, path: str) -> None:
    response = httpx.get(url + path, headers={"Authorization": header} if header is not None else {})
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_token_is_checked_before_the_body_is_read(url: str) -> None:
    response = httpx.post(url + "/v1/payments", content=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 401


def test_health_needs_no_token(url: str) -> None:
    assert httpx.get(url + "/v1/health").json() == {"status": "ok"}


def test_unknown_paths_and_methods_are_problems(api: httpx.Client) -> None:
    unknown, method = api.get("/v1/no-such"), api.delete("/v1/business")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, PROBLEM)
    assert (method.status_code, method.headers["content-type"], method.headers["allow"]) == (405, PROBLEM, "GET")
    assert api.delete("/v1/profile").headers["allow"] == "GET, PATCH"


def test_describes_the_business(api: httpx.Client) -> None:
    business = api.get("/v1/business").json()
    assert (business["name"], business["timezone"], business["currency"]) == (
        "Casa Astral",
        "America/Mexico_City",
        "USD",
    )
    assert business["opening_hours"] == [
        *({"weekday": day, "opens": "10:00", "closes": "19:00"} for day in range(5)),
        {"weekday": 5, "opens": "10:00", "closes": "14:00"},
    ]
    assert business["session_types"][0] == {"id": "carta_natal", "name": "carta natal", "duration_minutes": 60}
    assert business["booking_horizon_days"] == 60


def test_lists_packages_as_asked(api: httpx.Client) -> None:
    def ids(**params: str) -> list[str]:
        return [row["id"] for row in api.get("/v1/packages", params=params).json()["packages"]]

    assert ids() == ["carta-natal", "revolucion-solar", "pareja", "tarot-express"]
    assert ids(type="pareja") == ["pareja"]
    assert ids(type="grupo") == []
    assert ids(duration_minutes="90") == ["revolucion-solar", "pareja"]
    assert ids(currency="JPY") == []
    mexican = api.get("/v1/packages", params={"currency": "MXN"}).json()["packages"]
    assert mexican[0]["prices"] == [{"amount": "900.00", "currency": "MXN"}]


@pytest.mark.parametrize(
    "params", [{"type": "familia"}, {"currency": "pesos"}, {"duration_minutes": "0"}, {"duration_minutes": "x"}]
)
def test_refuses_a_filter_that_makes_no_sense(api: httpx.Client, params: dict[str, str]) -> None:
    response = api.get("/v1/packages", params=params)
    assert (response.status_code, response.headers["content-type"]) == (422, PROBLEM)
    assert response.json()["errors"][0]["field"] == f"query.{next(iter(params))}"


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[httpx.AsyncClient]:
    """An API whose tables are gone."""
    app = FastAPI()
    settings = Settings(sandbox_database_url=f"sqlite:///{tmp_path}/sandbox.db", internal_api_token="t")
    internal_api.install(app, settings)
    database = app.state.internal_api.state.database
    with database.writing() as session:
        for table in ("prices", "packages"):
            session.execute(text(f"ALTER TABLE {table} RENAME TO lost_{table}"))
    yield httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://sandbox",
        headers={"Authorization": "Bearer t"},
    )
    database.close()


async def test_a_broken_database_is_a_problem_without_details(broken: httpx.AsyncClient) -> None:
    async with broken:
        response = await broken.get("/v1/packages")
    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert "packages" not in response.text
    assert "Traceback" not in response.text


async def test_the_state_outlives_a_restart(tmp_path: Path) -> None:
    settings = Settings(sandbox_database_url=f"sqlite:///{tmp_path}/new/sandbox.db", internal_api_token="t")
    for expected in ("H-1", "H-2"):
        app = FastAPI()
        internal_api.install(app, settings)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            headers = {"Authorization": "Bearer t"}
            response = await client.post("/v1/handoffs", json={"reason": "x"}, headers=headers)
        assert response.json() == {"id": expected}
        app.state.internal_api.state.database.close()


def test_refuses_a_misspelt_query_parameter(api: httpx.Client) -> None:
    response = api.get("/v1/packages", params={"tipo": "pareja"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "query.tipo")
