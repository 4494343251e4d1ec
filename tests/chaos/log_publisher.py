"""A process that has turns come to their end at an even pace: `python -m tests.chaos.log_publisher FIRST PER_SECOND`.

It prints the number of each turn that the log has taken, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import Any

from connectors.conversation_log.broker import ConversationLogBroker
from connectors.settings import get_settings


def events(number: int) -> list[dict[str, Any]]:
    """Gives what Rasa publishes of a turn of one of seven customers."""
    now = time.time()
    user = {
        "event": "user", "text": f"hola {number}", "timestamp": now, "input_channel": "whatsapp",
        "parse_data": {"intent": {"name": "saludo", "confidence": 0.9}, "entities": []},
        "metadata": {"message_sid": f"SM{number:032}"},
    }  # fmt: skip
    answer = {"event": "bot", "text": "¡Hola!", "timestamp": now, "metadata": {}}
    listen = {"event": "action", "name": "action_listen", "timestamp": now}
    sender = {"sender_id": f"whatsapp:+521555000000{number % 7}"}
    return [sender | event for event in (user, {"event": "action", "name": "utter_saludo"}, answer, listen)]


def main(first: int, per_second: float) -> None:
    """Publishes turns until there is nobody to read of them."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    broker = ConversationLogBroker.of(get_settings())
    number = first
    while not ended.wait(1 / per_second):
        for event in events(number):
            broker.publish(event)
        broker.settle()
        print(number, flush=True)  # noqa: T201 -- for the test that reads it
        number += 1
    asyncio.run(broker.close())


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
