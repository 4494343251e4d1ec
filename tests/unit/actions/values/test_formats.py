from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from actions.values import (
    Context,
    DateRange,
    Money,
    Read,
    format_fecha,
    format_hora,
    format_money,
    format_rango,
    read_cita_id,
    read_email,
    read_fecha,
    read_fecha_nacimiento,
    read_hora,
    read_monto,
    read_rango,
    read_telefono,
)

ZONE = ZoneInfo("America/Mexico_City")
CTX = Context(datetime(2026, 11, 23, 10, tzinfo=ZONE))
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2032, 12, 31)).map(lambda moment: moment.replace(tzinfo=ZONE))
AHEAD = st.integers(0, 365)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
CURRENCIES = st.sampled_from([None, "USD", "EUR", "MXN", "COP", "ARS", "CLP", "PEN"])


def _day_after(now: datetime, days: int) -> date:
    return date.fromordinal(now.date().toordinal() + days)


def test_writes_values_as_customers_read_them() -> None:
    now = CTX.now
    assert format_fecha(date(2026, 11, 24), now) == "martes 24 de noviembre"
    assert format_fecha(date(2027, 1, 6), now) == "miércoles 6 de enero de 2027"
    assert format_hora(time(9, 5)) == "09:05"
    assert format_money(Money(Decimal(50), "USD")) == "50.00 USD"
    assert format_money(Money(Decimal("1500.5"))) == "1500.50"
    friday = date(2026, 11, 27)
    assert format_rango(DateRange(friday, friday, "tarde"), now) == "viernes 27 de noviembre por la tarde"
    assert format_rango(DateRange(friday, friday, None, time(15), time(17)), now) == (
        "viernes 27 de noviembre de 15:00 a 17:00"
    )
    assert format_rango(DateRange(date(2026, 11, 30), date(2026, 12, 4)), now) == (
        "del lunes 30 de noviembre al viernes 4 de diciembre"
    )


@given(MOMENTS, AHEAD)
def test_reads_back_every_day_it_writes(now: datetime, days: int) -> None:
    day = _day_after(now, days)

    assert read_fecha(format_fecha(day, now), Context(now)) == Read(day)


@given(MOMENTS, AHEAD)
def test_reads_the_numeric_forms_of_every_day(now: datetime, days: int) -> None:
    day = _day_after(now, days)

    for written in (f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", f"{day:%d.%m.%y}", day.isoformat()):
        assert read_fecha(f"el {written} a las 3pm", Context(now)) == Read(day)


@given(TIMES)
def test_reads_back_every_time_it_writes(moment: time) -> None:
    assert read_hora(format_hora(moment), CTX) == Read(moment)


@given(MOMENTS, AHEAD, TIMES)
def test_reads_day_and_time_from_one_sentence(now: datetime, days: int, moment: time) -> None:
    day = _day_after(now, days)
    written = f"quiero cita el {format_fecha(day, now)} a las {format_hora(moment)} por favor"

    assert read_fecha(written, Context(now)) == Read(day)
    assert read_hora(written, Context(now)) == Read(moment)


@given(st.decimals(Decimal("0.01"), Decimal(10**9), places=2), CURRENCIES)
def test_reads_back_every_amount_it_writes(amount: Decimal, currency: str | None) -> None:
    money = Money(amount, currency)

    assert read_monto(format_money(money), CTX) == Read(money)


@given(st.decimals(Decimal("0.01"), Decimal(10**9), places=2))
def test_reads_both_conventions_of_thousands(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    spanish = english.translate(str.maketrans(",.", ".,"))

    assert read_monto(f"${english}", CTX) == read_monto(f"${spanish}", CTX) == Read(Money(amount))


@given(MOMENTS, AHEAD, st.integers(0, 60), st.sampled_from([None, "mañana", "tarde", "noche"]))
def test_reads_back_every_range_it_writes(now: datetime, days: int, length: int, part) -> None:
    written = DateRange(_day_after(now, days), _day_after(now, days + length), part)

    assert read_rango(format_rango(written, now), Context(now)) == Read(written)


@given(MOMENTS, AHEAD, st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] < pair[1]))
def test_reads_back_the_hours_of_a_range(now: datetime, days: int, hours: tuple[time, time]) -> None:
    day = _day_after(now, days)

    for written in (
        DateRange(day, day, None, *hours),
        DateRange(day, day, None, hours[0]),
        DateRange(day, day, None, None, hours[1]),
    ):
        assert read_rango(format_rango(written, now), Context(now)) == Read(written)


@given(st.dates(date(1927, 1, 1), date(2026, 11, 22)))
def test_reads_every_birth_date_in_its_usual_forms(day: date) -> None:
    for written in (f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", f"{day:%d%m%Y}", format_fecha(day, datetime(1900, 1, 1))):
        assert read_fecha_nacimiento(written, CTX) == Read(day)


@given(st.text(max_size=200))
def test_answers_any_text_without_failing(text: str) -> None:
    for read in (read_fecha, read_hora, read_rango, read_monto, read_fecha_nacimiento, read_telefono):
        assert read(text, CTX) is not None
    assert read_email(text) is not None
    assert read_cita_id(text) is not None


KNOWN = """
    el la las del al de a y o no , . 3 5 24 30 15:30 12/24 1.500 mil lunes martes mañana pasado tarde noche próximo
    semana mes diciembre que viene en ocho días horas pm pesos $ somos mejor perdón para entre hasta desde cuarto
    media ultimo
"""
WORDS = st.sampled_from(KNOWN.split())


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_answers_any_jumble_of_the_words_it_knows_without_failing(text: str) -> None:
    for read in (read_fecha, read_hora, read_rango, read_monto, read_fecha_nacimiento, read_telefono):
        assert read(text, CTX) is not None
