"""The assistant's words that matter to a customer: questions, facts, apologies; and dates as it says them."""

from __future__ import annotations

import re
from datetime import datetime

from tests.chaos.agenda import spoken

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

# A day and a time of day, as in "el martes 24 de noviembre a las 15:00".
_WHEN = r"(?P<day>\w+ \d+ de \w+(?: de \d{4})?) a las (?P<time>\d\d:\d\d)"
_WHICH = r"(?P<id>C-\d+)"
_MONEY = r"(?P<amount>\d+\.\d\d) (?P<currency>[A-Z]{3})"

BOOKED = re.compile(rf"agendada para el {_WHEN}\. Su número es {_WHICH} y está a nombre de (?P<email>\S+)\.")
CANCELLED = re.compile(rf"cancelé tu cita {_WHICH} del {_WHEN}")
MOVED = re.compile(rf"Tu cita {_WHICH} quedó para el {_WHEN}")
PAID = re.compile(
    rf"(?:Tu pago de|Registré tu pago de) {_MONEY}.*?(?:enlace seguro: (?P<link>\S+)\s.*)?(?P<reference>CA-\d+)", re.S
)
STANDS = re.compile(rf"Tu cita {_WHICH} (?:está confirmada|ya está) para el {_WHEN}")
IS_CANCELLED = re.compile(rf"[Ll]a cita {_WHICH} del {_WHEN} está cancelada")
WAS_CANCELLED = re.compile(r"Esa cita ya estaba cancelada")
LISTED = re.compile(r"• (?P<day>\w+ \d+ de \w+(?: de \d{4})?), (?P<time>\d\d:\d\d)")
# A line of free times: "• *martes 24 de noviembre*: 10:00, 11:00".
FREE = re.compile(r"• \*(?P<day>[^*]+)\*: (?P<times>[\d:, ]+)")
PRICE = re.compile(_MONEY)

BOOK = re.compile(rf"¿Agendo tu cita de .* para el {_WHEN}, a nombre de (?P<email>\S+)\?")
PAY = re.compile(rf"¿Confirmas el pago de {_MONEY} con (?P<method>\w+) por: ")
CANCEL = re.compile(rf"¿Cancelo tu cita {_WHICH} del {_WHEN}\?")
MOVE = re.compile(rf"¿Cambio tu cita {_WHICH} del .+? a las \d\d:\d\d al {_WHEN}\?")

AGAIN = re.compile(r"¿Lo intento otra vez\?")
AWAY = re.compile(r"no puedo conectarme con nuestro sistema")
DOUBT = re.compile(r"no sé si lo anterior quedó hecho")
APOLOGY = re.compile(r"[Tt]uve un problema")
UNCHANGED = re.compile(r"[Nn]o hice ningún cambio|[Nn]o cancelé nada|sigue en pie")
OFFER = re.compile(r"¿Cuál prefieres\?")
NOTHING_OWED = re.compile(r"No hay nada por pagar")

# What belongs to programs and never to a customer.
INNARDS = re.compile(
    r"""Traceback | \bExceptions?\b | Error\b | \bNone\b | \bnull\b | \bNaN\b | \bundefined\b | \bTrue\b | \bFalse\b
    | [{}\[\]<>|\\] | utter_ | action_ | _form\b | _id\b | \bslots?\b | \bHTTP | http:// | /v1/ | /webhook
    | \.py\b | localhost | 127\.0\.0\.1 | \b\d{4}-\d\d-\d\d | \d\d:\d\d:\d\d | \bJSON\b | \btimeout\b | httpx | pydantic
    | [a-z]+_[a-z]+ | contract | circuit | (?<![\w/])/[a-z]+ | \b50[0-4]\b(?!\.\d\d)""",
    re.X,
)
# What may look like it: a link to pay by holds whatever it likes.
LINK = re.compile(r"https://pay\.example\.com/\S+")


def said_day(moment: datetime, today: datetime) -> str:
    """Says a day as the assistant does: "jueves 3 de diciembre", with its year unless it is this one."""
    year = "" if moment.year == today.year else f" de {moment.year}"
    return f"{WEEKDAYS[moment.weekday()]} {spoken(moment)}{year}"


def said_time(moment: datetime) -> str:
    """Says a time of day as the assistant does: "15:00"."""
    return f"{moment:%H:%M}"


def moment_of(day: str, time: str, today: datetime) -> datetime:
    """Gives the moment of a day and a time as the assistant says them."""
    found = re.fullmatch(r"\w+ (\d+) de (\w+)(?: de (\d{4}))?", day)
    assert found
    month = [spoken(datetime(2000, month, 1)) for month in range(1, 13)].index(f"1 de {found[2]}") + 1
    year = int(found[3]) if found[3] else today.year
    return datetime(year, month, int(found[1]), int(time[:2]), int(time[3:]), tzinfo=today.tzinfo)
