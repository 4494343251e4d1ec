"""Log lines are JSON, name their turn, and hold nothing personal, whichever way they are written."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from privacy.logs import PERSONAL_KEYS, drop_personal_data, mask

ROOT = Path(__file__).resolve().parents[3]
# As Rasa leaves it: a coloured handler, structlog configured its own way, and loggers that were used before.
BEFORE = """
import asyncio, logging, structlog, sys, threading, warnings
logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s", level=logging.DEBUG)
structlog.configure(
    processors=[structlog.processors.JSONRenderer()],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    cache_logger_on_first_use=True,
)
old = structlog.get_logger("rasa.core.processor")
old.info("used")
from privacy.logs import present_turn, within_turn, write_json_lines
write_json_lines(quiet=["chatty"])
write_json_lines(quiet=["chatty"])
"""


def lines_of(program: str) -> list[dict[str, Any]]:
    """Return what a process logged once its logs were set up."""
    done = subprocess.run(
        [sys.executable, "-c", BEFORE + program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()[1:]]


@pytest.mark.parametrize("personal", ["ana@example.com", "whatsapp:+5215512345678", "55 1234 5678 90"])
def test_addresses_and_phones_are_masked(personal: str) -> None:
    masked = mask(f"turn of {personal} failed")
    assert personal.removeprefix("whatsapp:") not in masked
    assert masked.startswith("turn of ")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T15:00:00-06:00",
        "2026-11-24T19:10:46.123456Z",
        "SM0123456789abcdef0123456789abcdef",
        "12345678-1234-4234-8234-123456789012a",
        "took 12 ms",
    ],
)
def test_dates_ids_and_figures_stay(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("key", sorted(PERSONAL_KEYS))
def test_no_personal_key_comes_through_at_any_depth(key: str) -> None:
    event = {"event": "x", key: "soy Ana", "api": [{key: "soy Ana", "ms": 3}], "of": {"it": {key: "soy Ana"}}}
    assert drop_personal_data(None, "info", event) == {"event": "x", "api": [{"ms": 3}], "of": {"it": {}}}


def test_what_is_no_data_does_not_show_itself() -> None:
    class Tracker:
        def __repr__(self) -> str:
            return "Tracker(soy Ana)"

    event = {"event": "x", "state": Tracker(), "many": {Tracker()}, "ok": True, "n": None, "raw": b"a@b.mx"}
    clean = drop_personal_data(None, "info", event)
    assert clean == {"event": "x", "state": "Tracker", "many": ["Tracker"], "ok": True, "n": None, "raw": "…"}


def test_every_line_is_an_object_with_the_same_keys() -> None:
    lines = lines_of("""
logging.getLogger("rasa.core").warning("no %s", "model")
structlog.get_logger("ours").info("turn.answered", ms=12)
old.error("it %s", "broke")
warnings.warn("old", DeprecationWarning)
logging.getLogger("sanic.error").propagate = False
write_json_lines()
logging.getLogger("sanic.error").error("no handler of its own")
logging.getLogger("chatty").info("not wanted")
""")
    assert [(line["level"], line["logger"], line["event"].splitlines()[0].rpartition(": ")[2]) for line in lines] == [
        ("warning", "rasa.core", "no model"),
        ("info", "ours", "turn.answered"),
        ("error", "rasa.core.processor", "it broke"),
        ("warning", "py.warnings", "old"),
        ("error", "sanic.error", "no handler of its own"),
    ]
    assert lines[1]["ms"] == 12
    assert all(line["timestamp"].endswith("Z") and "turn_id" not in line for line in lines)


def test_loggers_used_before_say_no_more_than_new_ones() -> None:
    """Rasa configures structlog first, and its loggers keep what they were configured with."""
    lines = lines_of("""
for logger in (old, structlog.get_logger("rasa.new")):
    logger.info("processor.message.parse", parse_data_text="soy Ana", deep={"slots": "soy Ana"})
    logger.info("call whatsapp:+5215512345678", peer="ana@example.com")
logging.getLogger("rasa").info("call %s", "whatsapp:+5215512345678")
try:
    text = "soy Ana"
    raise RuntimeError("broken for ana@example.com")
except RuntimeError:
    old.exception("failed", text=text)
    logging.getLogger("rasa").exception("failed")
""")
    assert [line["event"] for line in lines].count("processor.message.parse") == 2
    last_words = [line["exception"].splitlines()[-1] for line in lines if "exception" in line]
    assert last_words == ["RuntimeError: broken for …"] * 2
    shown = json.dumps(lines, ensure_ascii=False)
    assert "soy Ana" not in shown
    assert "5512345678" not in shown
    assert "ana@example.com" not in shown


def test_a_handler_that_comes_later_gets_nothing_personal_either() -> None:
    lines = lines_of("""
class Later(logging.Handler):
    def emit(self, record):
        import json
        print(json.dumps({"seen": record.getMessage()}))
logging.getLogger().addHandler(Later())
structlog.get_logger("ours").info("x", text="soy Ana", note="ana@example.com")
""")
    assert len(lines) == 2
    assert "soy Ana" not in str(lines)
    assert "ana@example.com" not in str(lines)


def test_a_turns_lines_name_it_in_its_tasks_and_threads_and_no_others_do() -> None:
    lines = lines_of("""
async def part():
    await asyncio.to_thread(logging.getLogger("rasa").info, "in a thread of it")

async def one(name):
    with within_turn(name):
        assert present_turn() == name
        await asyncio.gather(asyncio.create_task(part()))
        structlog.get_logger("ours").info("said")

async def main():
    await asyncio.gather(one("SM1"), one("SM2"))
    logging.getLogger("rasa").info("after")
    assert present_turn() is None

asyncio.run(main())
""")
    named = {(line["event"], line.get("turn_id")) for line in lines}
    inside = {(event, sid) for event in ("in a thread of it", "said") for sid in ("SM1", "SM2")}
    assert {(event, sid) for event, sid in named if event != "Using selector: EpollSelector"} == inside | {
        ("after", None)
    }


def test_a_root_logger_that_prints_by_itself_is_set_right() -> None:
    """As numpy.distutils does it, which something loads when the model's parts are."""
    (line,) = lines_of("""
class Printing(logging.Logger):
    def _log(self, level, msg, args):
        print(msg)
logging.getLogger().__class__ = Printing
write_json_lines()
logging.getLogger().info("call ana@example.com")
""")
    assert line["event"] == "call …"


def test_a_line_stays_one_line() -> None:
    (line,) = lines_of(r'logging.getLogger("rasa").info("\x1b[31mtwo\nlines\x1b[0m")')
    assert line["event"] == "two\nlines"
    assert line["level"] == logging.getLevelName(logging.INFO).lower()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2", "hunter2"),
        ("could not connect to postgresql://rasa:s3cr3t@db/x", "s3cr3t"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
    ],
)
def test_no_line_holds_a_key_or_a_password(text: str, secret: str) -> None:
    assert secret not in mask(text)
