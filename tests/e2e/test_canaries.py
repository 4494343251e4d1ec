"""Personal data said in whole dialogues turns up nowhere that an operator looks.

Canaries, values that occur nowhere else, are said through signed webhooks in real dialogues. Then everything that
the system left behind is searched for each of them, in any form that it may be written in: tables and views of the log,
the output and log files of all processes, other files, metrics, the admin API and error pages. The tracker store, the
inbox and the sandbox's databases hold them on purpose: they are what the assistant works with.
"""

from __future__ import annotations

import re
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
import pytest

from tests.e2e.conftest import RASA, ROOT, System
from tests.e2e.phone import Phone

pytestmark = pytest.mark.e2e

ACTIONS = "http://127.0.0.1:5055"
SENDERS = "52155874319"
NUMBER = f"+{SENDERS}01"
NAME = "Zenobia Quetzalli"
EMAIL = "xochitl.canario@correo-canario.mx"
SPOKEN = "tlaloc punto canario arroba correo guion canario punto mx"
PHONE = "5573916248"
CARD = "4539578763621486"
CODE = "739154"
KEY = "sk-or-v1-canario7f3e9b2d8a4c6f1e0b5d7a9c"
PASSWORD = "Canario#8471"

# Tables that hold what was said on purpose, in the file that the log is in too.
WORKING_TABLES = frozenset({"events", "inbox", "outbox", "contacts"})
LOG_TABLES = frozenset({"conversation_logs", "conversation_stats", "error_stats", "intent_stats"})
DATABASES = re.compile(r"(?:orquestador|sandbox)\.db(?:-wal|-shm|-journal)?")
ADMIN = "/api/orchestrator"
PAGES = [
    f"{RASA}/metrics",
    f"{ACTIONS}/metrics",
    f"{ACTIONS}/health/parts",
    *(f"{RASA}{ADMIN}?action={action}" for action in ("health", "stats", "logs&limit=100")),
    f"{RASA}{ADMIN}/test?type=examples",
]
QUIET = 3.0
KINDS = ("table", "file", "page", "error")


@dataclass(frozen=True)
class Canary:
    """A value that was said, and how it may be written where it leaked."""

    name: str
    forms: tuple[re.Pattern[str], ...]

    def leaks(self, text: str) -> Iterator[str]:
        """Give the form that stands in a text, with a little of what is around it."""
        for form in self.forms:
            if found := form.search(text):
                yield f"{self.name}: …{text[max(0, found.start() - 60) : found.end() + 30]!r}…"
                return


def _digits(number: str) -> re.Pattern[str]:
    """Match a number in whatever groups it is written."""
    return re.compile(r"[\W_]{0,3}".join(number))


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(r"|".join(map(re.escape, words)))


CANARIES = (
    Canary("e-mail", (_words("xochitl", "xochitl%2e", "correo-canario"),)),
    Canary("spoken e-mail", (_words("tlaloc"), re.compile(r"arroba\W+correo"))),
    Canary("phone", (_digits(PHONE), re.compile(r"siete\W+tres\W+nueve"))),
    Canary("sender", (_digits("55874319"),)),
    Canary("card", (_digits(CARD[:8]), _digits(CARD[4:12]), _digits(CARD[8:]))),
    Canary("code", (_digits(CODE),)),
    Canary("name", (_words("zenobia", "quetzalli"),)),
    Canary("key", (_words("canario7f3e9b2d"), _words("canario#8471", quote("canario#8471", safe="")))),
)


def leaks_in(place: str, text: str) -> list[str]:
    """Give what a text holds of any canary, with the place; case, accents and escapes do not count."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    # JSON writes é so that it is an escape, and a URL writes @ and +.
    unescaped = unquote(re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), plain))
    return [f"{place}: {leak}" for canary in CANARIES for leak in canary.leaks(unescaped)]


@pytest.mark.parametrize(
    ("text", "canary"),
    [
        ("user XOCHITL.Canario@correo", "e-mail"),
        ("x\\u006fchitl%40correo-canario.mx", "e-mail"),
        ("Tláloc punto canario", "spoken e-mail"),
        ("tel: (55) 7391-6248", "phone"),
        ("siete, tres, nueve uno", "phone"),
        ("whatsapp:+5215587431901", "sender"),
        ("whatsapp%3A%2B5215587431901", "sender"),
        ("4539 5787 6362 1486", "card"),
        ("7391-54", "code"),
        ("hola ZENÓBIA", "name"),
        ("canario%238471", "key"),
    ],
)
def test_a_canary_is_seen_in_any_form(text: str, canary: str) -> None:
    assert [leak for leak in leaks_in("here", text) if leak.startswith(f"here: {canary}: ")]


def test_finds_nothing_in_what_is_redacted() -> None:
    redacted = "[email] [teléfono] [tarjeta] [código] [clave] [nombre] C-1013 2026-12-15 15:30 user_7391"

    assert not leaks_in("here", redacted)


# One contact each: a person who writes all of this within a minute is asked to wait.
DIALOGUES = (
    ("hola", f"soy {NAME}, mi correo es {EMAIL}", f"mi correo es {SPOKEN}"),
    ("quiero agendar una cita para el próximo martes a las 12:00", EMAIL, "sí"),
    ("quiero agendar una cita para el próximo martes a las 13:00", SPOKEN, "sí"),
    ("¿cómo va mi solicitud 12345?", SPOKEN, f"perdón, es {EMAIL.upper()}"),
    ("quiero pagar 50 dólares con tarjeta", f"es la {CARD} vence 08/29 cvv 321", EMAIL),
    (f"quiero pagar con la {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}", EMAIL),
    ("quiero pagar 50 dólares", f"{CARD[:4]}-{CARD[4:8]} luego {CARD[8:12]}-{CARD[12:]}"),
    ("quiero ver mi historial", EMAIL, f"el código que me llegó es {CODE[:3]} {CODE[3:]}"),
    (f"mi código es {CODE}", CODE, f"es el {CODE}"),
    (f"mi cel es +52 1 {PHONE}", f"({PHONE[:2]}) {PHONE[2:6]}-{PHONE[6:]}", f"llámame al {PHONE}"),
    ("mi cel es cinco cinco siete tres nueve uno seis dos cuatro ocho",),
    (f"¿me haces la tarea? mi llave es {KEY}", f"mi contraseña es {PASSWORD}"),
)
CHANGE_OF_PROFILE = (
    f"quiero cambiar mi teléfono, mi correo es {EMAIL}",
    f"el nuevo es {PHONE[:2]} {PHONE[2:6]} {PHONE[6:]}",
    "sí",
)
CRASHES: tuple[dict[str, object], ...] = ({"drop_rate": 1.0}, {"status": 500}, {"status": 422})


def _contact(system: System, number: str) -> Phone:
    system.sandbox.put(f"/sandbox/contacts/{number}", json={"name": NAME, "profile_name": NAME}).raise_for_status()
    return system.phone(number)


def _numbers() -> Iterator[str]:
    return (f"+{SENDERS}{last:02}" for last in count(1))


def _speak(system: System) -> int:
    """Say each canary in dialogues of all kinds and give how many messages that took."""
    numbers = _numbers()
    said = 0
    for texts in DIALOGUES:
        phone = _contact(system, next(numbers))
        for text in texts:
            phone.say(text)
        said += len(texts)
    return said + _change_a_profile(system, next(numbers)) + _crash(system, numbers)


def _change_a_profile(system: System, number: str) -> int:
    """Have a customer whom the business knows change their telephone number."""
    business = system.business()
    customer = {"email": EMAIL, "name": NAME, "phone": number, "birth_date": None}
    customer["created_at"] = str(business["customers"][0]["created_at"])
    others = [known for known in business["customers"] if known["email"] != EMAIL]
    system.sandbox.put("/sandbox/business", json=business | {"customers": [*others, customer]}).raise_for_status()
    phone = _contact(system, number)
    for text in CHANGE_OF_PROFILE:
        phone.say(text)
    changed = next(known for known in system.business()["customers"] if known["email"] == EMAIL)
    assert str(changed["phone"]).endswith(PHONE), "the profile was never changed"
    return len(CHANGE_OF_PROFILE)


def _crash(system: System, numbers: Iterator[str]) -> int:
    """Have the internal API, and then Twilio's, fail while they are asked with the canaries."""
    for fault in CRASHES:
        system.faults(api=fault)
        phone = _contact(system, next(numbers))
        phone.say(f"¿cómo va mi solicitud 12345? mi correo es {EMAIL}")
    system.faults(twilio={"status": 500})
    phone = _contact(system, next(numbers))
    phone.send(f"¿cómo va mi solicitud 12345? mi correo es {EMAIL}")
    time.sleep(QUIET)
    system.faults()
    phone.hear()
    return len(CRASHES) + 1


def _settled(system: System) -> int:
    """Wait until the log grows no more and give how many turns it has."""
    count, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET:
        with sqlite3.connect(system.log) as connection:
            now = connection.execute("SELECT count(*) FROM conversation_logs").fetchone()[0]
        if now != count:
            count, since = now, time.monotonic()
        time.sleep(0.2)
    return count


def _in_tables(database: Path) -> Iterator[tuple[str, str]]:
    with sqlite3.connect(database) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        assert {name for (name,) in names} >= LOG_TABLES
        for (name,) in names:
            if name in WORKING_TABLES:
                continue
            cursor = connection.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in cursor.description]
            for number, row in enumerate(cursor, start=1):
                for column, value in zip(columns, row, strict=True):
                    yield f"table {name}, row {number}, column {column}", str(value)


def _in_files(*folders: Path) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not DATABASES.fullmatch(path.name):
                # Line by line, so that a leak is told with its line; bytes of a binary file are searched alike.
                for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
                    yield f"file {path}, line {number}", line.decode("utf-8", "replace")


def _in_pages() -> Iterator[tuple[str, str]]:
    with httpx.Client(timeout=20.0, trust_env=False) as client:
        for page in PAGES:
            answer = client.get(page)
            if answer.status_code != httpx.codes.NOT_FOUND:
                yield f"page {page} ({answer.status_code})", f"{answer.headers} {answer.text}"
        yield from _error_pages(client)


def _error_pages(client: httpx.Client) -> Iterator[tuple[str, str]]:
    """Ask for what is refused, as this contact; pages may not say back what they were told."""
    sender = quote(f"whatsapp:{NUMBER}")
    requests = [
        ("POST", f"{RASA}/api/whatsapp/webhook", {"From": f"whatsapp:{NUMBER}", "Body": EMAIL, "ProfileName": NAME}),
        ("POST", f"{RASA}/api/whatsapp/status", {"To": f"whatsapp:{NUMBER}", "MessageStatus": EMAIL}),
        ("POST", f"{RASA}{ADMIN}", {"action": "nothing", "contact": EMAIL}),
        ("GET", f"{RASA}{ADMIN}?action=logs&user_id={sender}&cursor={quote(EMAIL)}", None),
        ("POST", f"{RASA}{ADMIN}/test", {"message": ""}),
        ("POST", f"{ACTIONS}/webhook", {"next_action": "action_none", "sender_id": f"whatsapp:{NUMBER}", "x": EMAIL}),
        ("GET", f"{ACTIONS}/{quote(EMAIL)}/none", None),
    ]
    for method, url, body in requests:
        form, parsed = (body, None) if "/whatsapp/" in url else (None, body)
        answer = client.request(method, url, data=form, json=parsed)
        if answer.status_code >= httpx.codes.BAD_REQUEST and "/none" not in url:
            yield f"error page of {method} {url.split('?')[0]} ({answer.status_code})", answer.text


def test_no_canary_is_found_anywhere(system: System) -> None:
    before = _settled(system)
    said = _speak(system)

    turns = _settled(system) - before
    # The pages first: what asking for them has the servers log is searched too.
    places = [*_in_pages(), *_in_tables(system.log), *_in_files(system.log.parent, ROOT / "var")]

    # Had nothing been logged or read there would be nothing to find.
    assert turns == said
    kinds = {kind: [place for place, _ in places if place.startswith(kind)] for kind in KINDS}
    assert all(kinds.values()), {kind: len(found) for kind, found in kinds.items()}
    assert any("rasa.log" in place for place in kinds["file"])
    assert any("actions.log" in place for place in kinds["file"])
    assert any("[email]" in text for place, text in places if place.startswith("table conversation_logs"))
    leaks = [leak for place, text in places for leak in leaks_in(place, text)]
    assert not leaks, f"{len(leaks)} leaks:\n" + "\n".join(leaks[:60])
