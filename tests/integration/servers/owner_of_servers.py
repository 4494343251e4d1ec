"""Starts a server of each kind, says where they are, and waits: run as a program that a test ends."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.servers import PostgreSQL, Redis

servers = [PostgreSQL(), Redis()]
for server in servers:
    server.start()
    sys.stdout.write(json.dumps({"port": server.port, "folder": str(server.folder)}) + "\n")
    sys.stdout.flush()
sys.stdin.read()
