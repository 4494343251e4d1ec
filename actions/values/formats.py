"""Values written in Spanish so that the readers of this package read the same value back."""

from __future__ import annotations

from datetime import date, datetime, time

from actions.values.result import DateRange, Money

_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


def format_fecha(day: date, now: datetime) -> str:
    """Write a day as "martes 24 de noviembre", with its year when that is not the present one."""
    year = "" if day.year == now.year else f" de {day.year}"
    return f"{_WEEKDAYS[day.weekday()]} {day.day} de {_MONTHS[day.month - 1]}{year}"


def format_hora(moment: time) -> str:
    """Write a time of day on the 24-hour dial: "15:00"."""
    return f"{moment:%H:%M}"


def format_money(money: Money) -> str:
    """Write an amount with two decimals and its currency: "50.00 USD"."""
    return f"{money.amount:.2f} {money.currency}" if money.currency else f"{money.amount:.2f}"


def format_rango(days: DateRange, now: datetime) -> str:
    """Write a range: "martes 24 de noviembre por la tarde", "del lunes 30 de noviembre al …"."""
    written = format_fecha(days.start, now)
    if days.end != days.start:
        written = f"del {written} al {format_fecha(days.end, now)}"
    if days.from_time and days.to_time:
        return f"{written} de {format_hora(days.from_time)} a {format_hora(days.to_time)}"
    if days.from_time:
        return f"{written} desde las {format_hora(days.from_time)}"
    if days.to_time:
        return f"{written} hasta las {format_hora(days.to_time)}"
    return f"{written} por la {days.part_of_day}" if days.part_of_day else written
