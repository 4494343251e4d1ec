"""Runs the sandbox: `python -m sandbox`."""

import socket
import sys

import uvicorn
from pydantic import ValidationError

from sandbox.app import create_app
from sandbox.logs import configure_logging
from sandbox.settings import Settings, explain


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, or leave the program with a message that names what to change."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        sys.exit(f"The sandbox cannot listen on {host}:{port} ({exc.strerror}). Set SANDBOX_PORT to another.")
    return listener


def main() -> None:
    """Serve until interrupted; wrong settings and a taken port end the program with a plain message."""
    try:
        settings = Settings()
    except ValidationError as exc:
        sys.exit(explain(exc))
    listener = bind(settings.sandbox_host, settings.sandbox_port)
    configure_logging()
    # No access log: paths and headers carry customers' data.
    config = uvicorn.Config(
        create_app(settings),
        access_log=False,
        log_config=None,
        # Longer than clients keep an idle connection: a request on one that is just being closed would be cut off.
        timeout_keep_alive=60,
        # Rasa pins a websockets that uvicorn cannot import.
        ws="none",
        # An open phone page listens for ever; without a limit it would keep the sandbox from ending.
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit("The sandbox could not start; the messages above say why.")


if __name__ == "__main__":
    main()
