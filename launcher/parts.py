"""The parts of the system: how each is started and how one sees that it works."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launcher.environment import ACTIONS_URL, RASA_URL, SANDBOX_URL, needs_sandbox
from launcher.process import PYTHON_MODULE, QUIET_MODULE

# With a model that does not load, Rasa goes on and answers its health check; only its log tells.
NO_MODEL = r"Could not load model|No valid model found|Agent loaded with no model"


@dataclass(frozen=True)
class Part:
    """One process of the system.

    Attributes:
        name: How it is called on the terminal.
        command: What starts it.
        port: The loopback port that it listens on.
        health_url: Answers 2xx as soon as the part can be used, and not before.
        environment: Variables for this part alone.
        start_seconds: How long its start may take.
        failure_pattern: A line of its output that matches means that it will never work.
    """

    name: str
    command: tuple[str, ...]
    port: int
    health_url: str
    environment: Mapping[str, str] = field(default_factory=dict)
    start_seconds: float = 60.0
    failure_pattern: str | None = None


SANDBOX = Part("sandbox", (*PYTHON_MODULE, "sandbox"), 8090, f"{SANDBOX_URL}/health")
ACTIONS = Part(
    "actions",
    (*QUIET_MODULE, "actions.server", "--port", "5055"),
    5055,
    f"{ACTIONS_URL}/health",
    environment={"SANIC_HOST": "127.0.0.1"},  # it would listen on every interface
)


def rasa_command(verb: str, model: Path) -> tuple[str, ...]:
    """Returns the command line of `rasa run` or `rasa shell` with the given model."""
    files = ("--model", str(model), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml")
    return (*QUIET_MODULE, "rasa", verb, *files, "--port", "5005", "--interface", "127.0.0.1")


def rasa(model: Path) -> Part:
    """Returns the Rasa server with the given model."""
    return Part(
        "rasa",
        rasa_command("run", model),
        5005,
        f"{RASA_URL}/",
        start_seconds=300.0,
        failure_pattern=NO_MODEL,
    )


def companions(variables: Mapping[str, str]) -> tuple[Part, ...]:
    """Returns the parts beside Rasa that this environment calls for."""
    return (SANDBOX, ACTIONS) if needs_sandbox(variables) else (ACTIONS,)
