"""A part for tests: an HTTP server on loopback whose health is 200, and that behaves as its options say."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def die(*_):
    say("the disk is on fire")
    os._exit(3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--dies-at-start", action="store_true")
    parser.add_argument("--ignores-sigterm", action="store_true")
    parser.add_argument("--says", default="hello")
    parser.add_argument("--with-child", action="store_true")
    options = parser.parse_args()
    say(f"{options.says} pid={os.getpid()}")
    if options.dies_at_start:
        sys.stderr.write("no such table: citas\n")
        sys.exit(7)
    signal.signal(signal.SIGUSR1, die)
    signal.signal(signal.SIGUSR2, lambda *_: say("still here"))
    if options.ignores_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.with_child:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(f"child pid={child.pid}")
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
