"""What `python -m launcher` can do; each command returns its exit status."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from launcher import evaluation, model, status
from launcher.console import Console
from launcher.environment import (
    ROOT,
    SANDBOX_URL,
    environment,
    needs_sandbox,
    setting,
    talks_to_sandbox,
)
from launcher.logs import LogFiles
from launcher.parts import Part, companions, rasa, rasa_command
from launcher.process import PYTHON_MODULE, QUIET_MODULE, guarded, run_command
from launcher.supervisor import System, check_ports

WEBHOOK_PATH = "/api/whatsapp/webhook"
LOG_FOLDER = ROOT / "var" / "log"


def run(arguments: list[str]) -> int:
    """Starts the whole system and keeps it running until Ctrl-C or until a part dies."""
    variables = environment()
    parts = (*companions(variables), rasa(model.model_path(ROOT)))
    names = tuple(part.name for part in parts)
    console = Console(names)
    check_ports(parts)
    _prepare(variables, console)
    console.say(f"Starting {', '.join(names)} (about half a minute)…")

    async def serve(system: System) -> int:
        await system.wait_healthy()
        console.say(_whereabouts(variables))
        await system.watch()
        return 0

    with LogFiles(LOG_FOLDER) as logs:

        def show_and_keep(name: str, line: str) -> None:
            logs.write(name, line)
            console.part_line(name, line)

        system = System(parts, variables, console, root=ROOT, sink=show_and_keep)
        return asyncio.run(supervise(system, serve, console))


def chat(arguments: list[str]) -> int:
    """Runs `rasa shell` on this terminal, with the rest of the system behind it."""
    variables = environment()
    parts = companions(variables)
    check_ports((*parts, rasa(model.model_path(ROOT))))
    console = Console()
    trained = _prepare(variables, console)
    console.say("Starting (about half a minute). Write to the assistant when it asks; /stop ends.")

    async def talk(system: System) -> int:
        await system.wait_healthy()
        return await _foreground((*rasa_command("shell", trained), *arguments), variables, system)

    with LogFiles(LOG_FOLDER) as logs:
        console.say(f"The other parts write to {logs.folder.relative_to(ROOT)}/.")
        system = System(parts, variables, console, root=ROOT, sink=logs.write)
        return asyncio.run(supervise(system, talk, console))


def train(arguments: list[str]) -> int:
    """Trains the model unless the one for the present data exists."""
    model.train(ROOT, environment(), Console())
    return 0


def migrate(arguments: list[str]) -> int:
    """Brings the database's tables up to date."""
    _migrate(environment())
    Console().say("The database is up to date.")
    return 0


def evaluate(arguments: list[str]) -> int:
    """Trains if need be, then has Rasa test the conversations and the understanding of held-out messages."""
    variables, console = environment(), Console()
    trained = model.train(ROOT, variables, console)
    return evaluation.evaluate(ROOT, trained, variables, console)


def rasa_tool(arguments: list[str]) -> int:
    """Runs any other `rasa` command, without the warnings of its dependencies."""
    run_command("rasa", (*QUIET_MODULE, "rasa", *arguments), environment(), ROOT)
    return 0


def show_status(arguments: list[str]) -> int:
    """Tells what runs, where and how it is; the exit status is 1 when a part is down."""
    variables = environment()
    expected = model.model_path(ROOT)
    parts: tuple[Part, ...] = (*companions(variables), rasa(expected))
    elsewhere = {}
    if not talks_to_sandbox(variables, "INTERNAL_API_URL"):
        api = setting(variables, "INTERNAL_API_URL", SANDBOX_URL)
        elsewhere["internal API"] = f"{api}{status.INTERNAL_API_HEALTH}"
    facts = {"model": _model_fact(expected)}
    return 0 if status.report(parts, elsewhere, facts, Console()) else 1


async def supervise(system: System, work: Callable[[System], Awaitable[int]], console: Console) -> int:
    """Starts the system, does the work and stops the system; a signal ends it early, with status 0.

    A second signal does not wait for the parts to end by themselves.
    """
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    stopping = False

    def on_signal() -> None:
        nonlocal stopping
        if stopping:
            system.kill()
        elif task is not None:
            stopping = True
            console.say("Stopping…")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup make run` stays when the terminal goes.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, on_signal)
    try:
        async with system:
            try:
                await system.start()
                return await work(system)
            finally:
                stopping = True  # from here on a signal must not interrupt the stopping
    except asyncio.CancelledError:
        return 0


async def _foreground(command: tuple[str, ...], variables: Mapping[str, str], system: System) -> int:
    # Ctrl-C belongs to the shell on this terminal, which then ends by itself.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)
    process = await asyncio.create_subprocess_exec(*guarded(command), env=dict(variables), cwd=ROOT)
    ended, watched = asyncio.create_task(process.wait()), asyncio.create_task(system.watch())
    try:
        await asyncio.wait([ended, watched], return_when=asyncio.FIRST_COMPLETED)
        if watched.done():
            watched.result()
        return max(ended.result(), 0)
    finally:
        watched.cancel()
        if process.returncode is None:
            process.terminate()
            await ended


def _prepare(variables: Mapping[str, str], console: Console) -> Path:
    _migrate(variables)
    return model.train(ROOT, variables, console)


def _migrate(variables: Mapping[str, str]) -> None:
    (ROOT / "var").mkdir(exist_ok=True)  # where SQLite's default databases lie
    command = (*PYTHON_MODULE, "alembic", "upgrade", "head")
    run_command("migrating the database", command, variables, ROOT)


def _whereabouts(variables: Mapping[str, str]) -> str:
    webhook = setting(variables, "PUBLIC_URL", "http://127.0.0.1:5005") + WEBHOOK_PATH
    api = setting(variables, "INTERNAL_API_URL", SANDBOX_URL)
    lines = ["", "Everything is up."]
    if needs_sandbox(variables):
        lines.append(f"  Phone page    {SANDBOX_URL}/")
    lines += [f"  Webhook       {webhook}", f"  Internal API  {api}/v1"]
    lines += [f"  Logs as JSON  {LOG_FOLDER.relative_to(ROOT)}/", "Ctrl-C stops it.", ""]
    return "\n".join(lines)


def _model_fact(expected: Path) -> str:
    if expected.exists():
        return f"{expected.relative_to(ROOT)} is up to date"
    return "not trained for the present data: `make train`"
