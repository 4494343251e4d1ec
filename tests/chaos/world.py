"""The whole system with real parts on free ports, whose Rasa processes come and go."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import yaml

from launcher.console import Console
from launcher.environment import ROOT, SANDBOX_TEMPLATES, environment
from launcher.logs import LogFiles
from launcher.model import train
from launcher.parts import ACTIONS, SANDBOX, Part, rasa
from launcher.process import PYTHON_MODULE, QUIET_MODULE, run_command
from launcher.supervisor import System
from tests.chaos.forwarder import Forwarder

API_TOKEN = "sandbox-api-token"
# The harness hurries what waits for minutes otherwise, and keeps the limits for strangers out of the way.
HURRIED = {
    "WHATSAPP_CONTACT_LIMIT": "100000/minute",
    "WHATSAPP_ADDRESS_LIMIT": "100000/minute",
    "WHATSAPP_BURST_SECONDS": "0",
    "WHATSAPP_RECONCILE_SECONDS": "2",
    "WHATSAPP_LEASE_SECONDS": "5",
    "WHATSAPP_PATIENCE_SECONDS": "0.1",
}


class Replica:
    """One Rasa process, which can be killed and started again.

    Attributes:
        actions: its own way to the action server, which counts what it asks for.
        settings: the variables of the environment that it was started with beside the world's.
    """

    def __init__(self, part: Part, actions: Forwarder, world: World) -> None:
        self.part = part
        self.actions = actions
        self.settings: Mapping[str, str] = {}
        self._world = world
        self._system: System | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it was started and neither killed nor stopped since."""
        return self._system is not None

    async def start(self, **settings: str) -> None:
        """Starts it, with these variables set, and gives it its share of the webhooks as soon as it works."""
        self.settings = settings
        self._system = self._world.system(replace(self.part, environment=settings))
        await self._system.start()
        await self._system.wait_healthy()
        await self._world.forwarder.add(self.part.port)

    async def kill(self) -> None:
        """Ends it with SIGKILL, and what it started."""
        if self._system is not None:
            self._system.kill()
            await self._world.forwarder.remove(self.part.port)
            await self._system.stop()
            self._system = None

    async def stop(self) -> None:
        """Lets it end in its own way."""
        if self._system is not None:
            await self._world.forwarder.remove(self.part.port)
            await self._system.stop()
            self._system = None


class World:
    """Sandbox, action server and as many Rasa processes as are started, on one database.

    Attributes:
        database_url: our database, migrated.
        sandbox: HTTP client of the sandbox.
        folder: where the parts' output is, one file each.
    """

    def __init__(self, folder: Path, database_url: str, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.database_url = database_url
        # Nothing is promised about a port between being found free and being used; so far nobody was that quick.
        self._ports = iter(free_ports(8))
        self._logs = LogFiles(folder)
        self._sandbox_port, self._actions_port, public_port = (next(self._ports) for _ in range(3))
        self.forwarder = Forwarder(public_port)
        self.sandbox_url = f"http://127.0.0.1:{self._sandbox_port}"
        self.public_url = f"http://127.0.0.1:{public_port}"
        self.sandbox = httpx.AsyncClient(base_url=self.sandbox_url, timeout=30.0, trust_env=False)
        self.variables = environment(given={**os.environ, **self._settings(), **(settings or {})})
        self.replicas: list[Replica] = []
        self._companions: System | None = None

    async def start(self) -> None:
        """Migrates the database and starts what stands beside Rasa."""
        self._logs.__enter__()
        await asyncio.to_thread(
            run_command, "migrating", (*PYTHON_MODULE, "alembic", "upgrade", "head"), self.variables, ROOT
        )
        self._companions = self.system(
            replace(
                SANDBOX,
                port=self._sandbox_port,
                health_url=f"{self.sandbox_url}/health",
                environment={"SANDBOX_PORT": str(self._sandbox_port)},
            ),
            replace(
                ACTIONS,
                command=(*QUIET_MODULE, "actions.server", "--port", str(self._actions_port)),
                port=self._actions_port,
                health_url=f"http://127.0.0.1:{self._actions_port}/health",
            ),
        )
        await self._companions.start()
        await self._companions.wait_healthy()

    async def stop(self) -> None:
        """Stops everything."""
        await asyncio.gather(*(replica.stop() for replica in self.replicas))
        if self._companions is not None:
            await self._companions.stop()
        for forwarder in (self.forwarder, *(replica.actions for replica in self.replicas)):
            await forwarder.close()
        await self.sandbox.aclose()
        self._logs.__exit__(None, None, None)

    async def replica(self, **settings: str) -> Replica:
        """Starts one more Rasa process."""
        model = await asyncio.to_thread(train, ROOT, self.variables, Console())
        name, port, actions = f"rasa-{len(self.replicas) + 1}", next(self._ports), Forwarder(next(self._ports))
        await actions.add(self._actions_port)
        endpoints = self.folder / f"{name}.yml"
        endpoints.write_text(yaml.safe_dump(_endpoints(actions.port)), encoding="utf-8")
        files = ("--model", str(model), "--endpoints", str(endpoints), "--credentials", "credentials.yml")
        command = (*QUIET_MODULE, "rasa", "run", *files, "--port", str(port), "--interface", "127.0.0.1")
        part = replace(rasa(model), name=name, command=command, port=port, health_url=f"http://127.0.0.1:{port}/")
        self.replicas.append(Replica(part, actions, self))
        await self.replicas[-1].start(**settings)
        return self.replicas[-1]

    def system(self, *parts: Part) -> System:
        """Gives the parts as one system, whose output goes to files."""
        return System(parts, self.variables, Console(), root=ROOT, sink=self._logs.write)

    def log_tails(self, lines: int = 60) -> dict[str, str]:
        """Gives the end of each part's output."""
        tails = {}
        for file in sorted(self.folder.glob("*.log")):
            tails[str(file)] = "\n".join(file.read_text(encoding="utf-8").splitlines()[-lines:])
        return tails

    async def faults(self, **faults: Any) -> None:
        """Puts the sandbox's faults in force; none without arguments, and receipts arrive again."""
        self.lose_receipts(False)
        (await self.sandbox.put("/sandbox/faults", json=faults)).raise_for_status()

    def lose_receipts(self, lose: bool = True) -> None:
        """Lets no receipt arrive, which would tell what became of an answer, until told otherwise."""
        self.forwarder.cut_off = b"POST /api/whatsapp/status" if lose else None

    async def business(self) -> dict[str, list[dict[str, Any]]]:
        """Gives the whole state of the business."""
        state: dict[str, list[dict[str, Any]]] = (await self.sandbox.get("/sandbox/business")).json()
        return state

    async def slots(self, first: str, last: str) -> list[str]:
        """Gives the free times between two ISO days, as ISO instants."""
        answer = await self.sandbox.get(
            "/v1/slots", params={"from": first, "to": last}, headers={"Authorization": f"Bearer {API_TOKEN}"}
        )
        answer.raise_for_status()
        return [slot["start"] for slot in answer.json()["slots"]]

    def _settings(self) -> dict[str, str]:
        return {
            **HURRIED,
            "DATABASE_URL": self.database_url,
            "LOG_SPOOL_FOLDER": str(self.folder / "log_spool"),
            "SANDBOX_DATABASE_URL": f"sqlite:///{self.folder / 'business.db'}",
            "PUBLIC_URL": self.public_url,
            "TWILIO_API_BASE_URL": self.sandbox_url,
            **SANDBOX_TEMPLATES,
            "INTERNAL_API_URL": self.sandbox_url,
            "INTERNAL_API_TOKEN": API_TOKEN,
            "OPENROUTER_BASE_URL": f"{self.sandbox_url}/llm/v1",
        }


def _endpoints(actions_port: int) -> dict[str, Any]:
    endpoints: dict[str, Any] = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{actions_port}/webhook"
    return endpoints


def free_ports(count: int) -> list[int]:
    """Finds loopback ports that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
