"""The environment in which every part runs, and what the launcher itself reads from it."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

SANDBOX_URL = "http://127.0.0.1:8090"
RASA_URL = "http://127.0.0.1:5005"
ACTIONS_URL = "http://127.0.0.1:5055"

# Rasa's pins are old enough that every start would print pages of warnings nobody here can act on.
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONWARNINGS": ",".join(
        (
            "ignore::DeprecationWarning",
            "ignore::PendingDeprecationWarning",
            "ignore::FutureWarning",
            "ignore:pkg_resources is deprecated:UserWarning",
        )
    ),
}
# A message is too small to share among cores: the threads would wait for each other, and take the cores from others.
SINGLE_THREADED = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
ALWAYS = {"PYTHONUNBUFFERED": "1"}  # a part's lines are passed on as they are written, not in blocks
NOISY = ("SQLALCHEMY_WARN_20",)

# The Content API templates that the sandbox's Twilio knows: quick replies and lists by number of choices, and the
# approved ones, for those who have not written for 24 hours and for reminders of appointments.
SANDBOX_TEMPLATES = {
    "TWILIO_QUICK_REPLY_SIDS": ",".join(f"{count}=HX{count:032}" for count in range(2, 11)),
    "TWILIO_WINDOW_TEMPLATE_SID": f"HX{16:032}",
    "TWILIO_REMINDER_TEMPLATE_SID": f"HX{17:032}",
}


def environment(root: Path = ROOT, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Builds the parts' environment: what is given wins over `.env`, which wins over the launcher's defaults.

    An empty variable counts as unset.

    Args:
        root: Where `.env` lies, if there is one.
        given: The variables of the calling process; `os.environ` unless told.
    """
    given = os.environ if given is None else given
    written = {name: value for name, value in dotenv_values(root / ".env").items() if value}
    said = {name: value for name, value in given.items() if value}
    merged = {**QUIET, **SINGLE_THREADED, **written, **said, **ALWAYS}
    for name in NOISY:
        merged.pop(name, None)
    return {**SANDBOX_TEMPLATES, **merged} if talks_to_sandbox(merged, "TWILIO_API_BASE_URL") else merged


def setting(variables: Mapping[str, str], name: str, default: str) -> str:
    """Returns the variable without a closing slash, or the default where it is unset or empty."""
    return (variables.get(name) or default).rstrip("/")


def talks_to_sandbox(variables: Mapping[str, str], name: str) -> bool:
    """Tells whether the URL in the variable is the sandbox of this machine."""
    url = urlsplit(setting(variables, name, SANDBOX_URL))
    return url.hostname in LOOPBACK_NAMES and url.port == urlsplit(SANDBOX_URL).port


def needs_sandbox(variables: Mapping[str, str]) -> bool:
    """Tells whether Twilio, the internal API or both are the sandbox's."""
    return any(talks_to_sandbox(variables, name) for name in ("TWILIO_API_BASE_URL", "INTERNAL_API_URL"))
