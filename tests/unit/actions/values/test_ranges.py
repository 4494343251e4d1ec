from datetime import date, time

import pytest

from actions.values import Context, DateRange, Read, Unclear, read_rango

OPEN = {"open_from": time(10), "open_to": time(19)}


def _range(written: str) -> DateRange:
    """A range from "2026-11-24 2026-11-27 tarde 15:00-17:00", of which all but the first is optional."""
    first, *more = written.split()
    days = [date.fromisoformat(word) for word in more if word.count("-") == 2]
    part = next((word for word in more if word.isalpha()), None)
    hours = next((word.split("-") for word in more if ":" in word), ["", ""])
    from_time, to_time = (time.fromisoformat(hour) if hour else None for hour in hours)
    start = date.fromisoformat(first)
    return DateRange(start, days[0] if days else start, part, from_time, to_time)


AHEAD = {
    "2026-11-23": "hoy | para hoy",
    "2026-11-23 tarde": "hoy en la tarde | esta tarde | hoy por la tarde",
    "2026-11-23 noche": "esta noche | hoy en la noche",
    "2026-11-24": "mañana | mañana q horarios hay | el martes | el 24 de noviembre | cambia del lunes al martes",
    "2026-11-24 mañana": "mañana por la mañana | mañana en la mañana | mañana temprano | el martes x la mañana",
    "2026-11-24 17:00-": "mañana después de las 5 | el martes a partir de las 17 | mañana desde las 5pm",
    "2026-11-26": "el jueves | el miércoles no, el jueves",
    "2026-11-26 15:00-17:00": (
        "el jueves entre 3 y 5 | el jueves de 3 a 5 | jueves entre las 3 y las 5 de la tarde | jueves de 15 a 17"
    ),
    "2026-11-26 10:00-14:00": "el jueves de 10 a 2 | el jueves de 10 a 2 de la tarde",
    "2026-11-26 2026-11-27": "el jueves o viernes | jueves y viernes",
    "2026-11-27 tarde": (
        "el viernes por la tarde | viernes en la tarde | el viernes x la tarde | viernes tarde | la tarde del viernes"
    ),
    "2026-11-27 -12:00": "el viernes antes de las 12 | viernes hasta las 12",
    "2026-11-23 2026-11-24": "hoy o mañana | hoy y mañana | entre hoy y mañana",
    "2026-11-23 2026-11-29": "esta semana | que horarios tienen esta semana? | en esta semana | lo que queda de semana",
    "2026-11-24 2026-11-25": "mañana y pasado | mañana o pasado mañana",
    "2026-12-06 2026-12-19": "después del 5 de diciembre",
    "2026-11-30 2026-12-13": "del lunes en adelante | desde el lunes",
    "2026-11-23 2026-11-27": "de aquí al viernes | hasta el viernes | de hoy al viernes",
    "2026-11-23 2026-11-26": "los próximos 3 días | antes del viernes | los siguientes 3 dias",
    "2026-11-23 2026-11-30": "este mes | lo que queda del mes | a fin de mes | a fines de noviembre",
    "2026-11-23 2026-12-07": "las próximas 2 semanas | las proximas dos semanas",
    "2026-11-24 2026-12-07": "a partir de mañana | desde mañana",
    "2026-11-28 2026-11-29": "este finde | el fin de semana | el próximo fin de semana | sábado y domingo"
    " | el finde q viene",
    "2026-11-30 2026-12-06": (
        "la próxima semana | la prox semana | la semana que viene | la otra semana | la sem q viene "
        "| la semana entrante"
    ),
    "2026-11-30 2026-12-06 tarde": "la próxima semana por la tarde | la semana que viene en las tardes",
    "2026-11-30 2026-12-04": "de lunes a viernes | del lunes al viernes | lunes a viernes"
    " | entre el lunes y el viernes",
    "2026-11-26 2026-11-30": "del jueves al lunes",
    "2026-12-01 2026-12-31": "en diciembre | el próximo mes | el mes que viene | diciembre | todo diciembre",
    "2026-12-01 2026-12-07": "la primera semana de diciembre",
    "2026-12-01 2026-12-10": "a principios de diciembre | inicios de diciembre",
    "2026-12-03 2026-12-07": "del 3 al 7 | del 3 al 7 de diciembre | 3 al 7 de diciembre"
    " | entre el 3 y el 7 de diciembre "
    "| 3-7 de diciembre"
    " | desde el 3 hasta el 7 de diciembre | del 3/12 al 7/12",
    "2026-11-28 2026-12-03": "del 28 de noviembre al 3 de diciembre | del 28 al 3 de diciembre | del 28 al 3",
    "2027-01-03 2027-01-07": "del 3 al 7 de enero",
    "2026-12-07 2026-12-13": "la semana del 7 de diciembre",
    "2026-12-04": "el viernes de la próxima semana",
    "2026-11-28 mañana": "sábado en la mañana | sabado x la mañana",
}
BEHIND = {
    "2026-10-01 2026-10-31": "octubre | en octubre | el mes pasado | octubre de 2026",
    "2026-11-16 2026-11-22": "la semana pasada",
    "2026-08-23 2026-11-23": "los últimos 3 meses | ultimos tres meses",
    "2026-10-24 2026-11-23": "los últimos 30 días",
    "2026-10-05 2026-11-23": "desde el 5 de octubre | a partir del 5 de octubre",
    "2026-10-01 2026-10-15": "del 1 al 15 de octubre",
    "2025-01-01 2025-12-31": "el año pasado | 2025 | en 2025",
    "2026-01-01 2026-12-31": "este año",
    "2026-01-01 2026-03-31": "entre enero y marzo | de enero a marzo",
    "2025-10-01 2025-10-31": "octubre de 2025",
    "2026-11-01 2026-11-30": "este mes",
    "2026-11-22": "ayer",
    "2025-11-23 2026-11-23": "el último año",
}
REFUSED = {
    "sin_valor": "hola | 50 dólares | C-1042 | quiero una carta natal | ana@gmail.com",
    "fecha_pasada": "ayer | el lunes pasado | la semana pasada | 20 de noviembre | el mes pasado",
    "fecha_inexistente": "el 30 de febrero | del 30 al 32 de diciembre | del 29 de febrero al 3 de marzo",
    "fecha_multiple": "lunes o miércoles | el martes o el jueves",
    "hora_inexistente": "mañana después de las 27",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "days"), _rows(AHEAD))
def test_reads_the_days_ahead_that_the_phrase_means(phrase: str, days: str, ctx: Context) -> None:
    assert read_rango(phrase, ctx, **OPEN) == Read(_range(days))


@pytest.mark.parametrize(("phrase", "days"), _rows(BEHIND))
def test_reads_the_days_behind_for_a_history(phrase: str, days: str, ctx: Context) -> None:
    assert read_rango(phrase, ctx, past_allowed=True) == Read(_range(days))


@pytest.mark.parametrize(("phrase", "reason"), _rows(REFUSED))
def test_refuses_what_names_no_days_ahead(phrase: str, reason: str, ctx: Context) -> None:
    result = read_rango(phrase, ctx, **OPEN)

    assert isinstance(result, Unclear)
    assert result.reason == reason
