"""Runs parts described as JSON the way `make run` runs the real ones: `fake_system.py '[{"name": …}]'`."""

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from launcher.commands import supervise
from launcher.console import Console
from launcher.environment import environment
from launcher.parts import Part
from launcher.process import LauncherError
from launcher.supervisor import System, check_ports


def main() -> int:
    parts = [Part(**{**each, "command": tuple(each["command"])}) for each in json.loads(sys.argv[1])]
    console = Console(tuple(part.name for part in parts))

    async def serve(system: System) -> int:
        await system.wait_healthy()
        console.say("Everything is up.")
        await system.watch()
        return 0

    try:
        check_ports(parts)
        return asyncio.run(supervise(System(parts, environment(), console, root=Path.cwd()), serve, console))
    except LauncherError as error:
        console.complain(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
