import logging
import subprocess
import sys

import pytest

from connectors.logs import _MaskingFilter, drop_personal_data, mask


@pytest.mark.parametrize("personal", ["ana@example.com", "whatsapp:+5215512345678", "55 1234 5678 90"])
def test_addresses_and_phones_are_masked(personal: str) -> None:
    masked = mask(f"turn of {personal} failed")
    assert personal.removeprefix("whatsapp:") not in masked
    assert masked.startswith("turn of ")


@pytest.mark.parametrize("text", ["2026-11-24T15:00:00-06:00", "SM0123456789abcdef0123456789abcdef", "took 12 ms"])
def test_dates_sids_and_figures_stay(text: str) -> None:
    assert mask(text) == text


def test_what_people_said_is_left_out_of_events() -> None:
    event = {"event": "processor.message.parse", "parse_data_text": "soy Ana", "user_text": "x", "level": "info"}
    assert drop_personal_data(None, "info", event) == {"event": "processor.message.parse", "level": "info"}


def test_loggers_used_before_say_no_more_than_new_ones() -> None:
    """Rasa configures structlog first, and its loggers keep what they were configured with."""
    program = """
import logging, structlog, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.DEBUG)
structlog.configure(
    processors=[structlog.processors.JSONRenderer()],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
old = structlog.get_logger("rasa.core.processor")
old.info("used")
from connectors.logs import configure_logging
configure_logging()
for logger in (old, structlog.get_logger("rasa.new")):
    logger.info("processor.message.parse", parse_data_text="soy Ana")
    logger.info("call whatsapp:+5215512345678")
try:
    text = "soy Ana"
    raise RuntimeError("broken")
except RuntimeError:
    old.exception("failed", text=text)
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.count("processor.message.parse") == 2
    assert "RuntimeError: broken" in shown
    assert "soy Ana" not in shown
    assert "5512345678" not in shown


def test_tracebacks_are_masked_too() -> None:
    try:
        raise ValueError("no contact +5215512345678")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed for %s", ("a@b.mx",), sys.exc_info())
    _MaskingFilter().filter(record)
    shown = logging.Formatter().format(record)
    assert "5512345678" not in shown
    assert "a@b.mx" not in shown
    assert "ValueError" in shown
