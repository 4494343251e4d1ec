"""The admin API and `contract/orchestrator.yaml` are the same thing."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import ModuleType

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CheckContext
from schemathesis.specs.openapi import checks

from connectors.conversation_log.models import conversation_logs
from connectors.orchestrator.contract import FILE
from connectors.schema import upgrade
from connectors.whatsapp.tables import inbox
from tests.integration.connectors.orchestrator_world import TOKEN, World, orchestrator_world
from tests.integration.connectors.test_orchestrator_operator import parked, turn
from tests.servers.shared import DIALECTS, postgresql_database
from tests.unit.connectors.conversation_log.rasa_events import called

# What a schema cannot say: which parameters go together, what was there before, and what the calendar knows.
MEANINGFUL = {"parameter_unfitting", "cursor_invalid", "moment_invalid", "message_empty"}

contract = yaml.safe_load(FILE.read_text(encoding="utf-8"))
# Every call here carries the token; who comes without one is in test_orchestrator_door.py.
contract.pop("security")
schema = schemathesis.openapi.from_dict(contract)


@pytest.fixture(scope="module", params=DIALECTS)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('contract')}/test.db"
    else:
        with postgresql_database() as url:
            upgrade(url)
            yield url


@pytest.fixture(scope="module")
def url(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API, on an event loop of its own: who calls it here does so without one."""
    folder: Path = tmp_path_factory.mktemp("orchestrator")
    ready, over = threading.Event(), threading.Event()
    alerts = ModuleType("connectors.alerts")
    alerts.send_test = _sent  # type: ignore[attr-defined]
    served: list[World] = []

    async def serve() -> None:
        async with orchestrator_world(database_url, folder) as world:
            logged = turn("conv_1", timestamp=datetime.now(timezone.utc), llm_calls=[called()])
            world.write(conversation_logs.insert(), [logged])
            world.write(inbox.insert(), [parked()])
            served.append(world)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    with pytest.MonkeyPatch.context() as patch:
        # A contract is no reason to alert anybody.
        patch.setitem(sys.modules, "connectors.alerts", alerts)
        thread.start()
        assert ready.wait(30)
        yield str(served[0].http.base_url)
        over.set()
        thread.join()


async def _sent(settings: object) -> dict[str, int]:
    return {"sent": 1}


def takes_what_the_contract_allows(ctx: CheckContext, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """A request that fits the contract is refused only for what a schema cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    assert response.json()["code"] in MEANINGFUL, response.json()


@schema.parametrize()
@settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_contract(case: schemathesis.Case, url: str) -> None:
    response = case.call(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"})
    case.validate_response(
        response,
        additional_checks=[takes_what_the_contract_allows],
        excluded_checks=[checks.positive_data_acceptance],
    )


def test_every_action_of_the_document_can_be_asked_for() -> None:
    for path, item in contract["paths"].items():
        for parameter in item["get"].get("parameters", ())[:1]:
            choice = parameter["schema"]
            assert set(choice["x-parameters"]) == set(choice["enum"])
            known = {one["name"] for one in item["get"]["parameters"]}
            assert {name for names in choice["x-parameters"].values() for name in names} <= known, path


def test_every_refusal_is_a_problem() -> None:
    for item in contract["paths"].values():
        for operation in item.values():
            refusals = {status for status in operation["responses"] if int(status) >= 400}
            assert {"400", "401", "403", "429", "500", "503"} <= refusals
