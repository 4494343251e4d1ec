from datetime import time

import pytest

from actions.values import Context, Read, Unclear, read_hora

OPEN = {"open_from": time(10), "open_to": time(19)}

# Phrases by the time they mean to a business open from 10:00 to 19:00.
TIMES = {
    "15:00": "3pm | 3 pm | 3PM | 3 p.m. | 3 p. m. | 3:00 pm | 15:00 | 15:00 hrs | 15 hrs | 15h | 15h00 | 15 horas "
    "| 15hs | las 15"
    " | a las 15 | a las 3 | alas 3 | a las tres | las 3 | 3 | tres | 3 de la tarde | tres de la tarde "
    "| 3 d la tarde | 3 de la trde"
    " | a las 3 en punto | tipo 3 | como a las 3 | a eso de las 3 | mañana a las 3pm | el martes a las 3 "
    "| 24/12 a las 3pm"
    " | el viernes por la tarde a las 3 | a las 3 el viernes en la tarde | 1500 hrs | a las 3 por favor "
    "| a las 4 no, mejor a las 3"
    " | 5pm no puedo, 3pm | a las 4, perdón 3 | a las 4, digo a las 3 | no a las 4 sino a las 3 "
    "| quiero a las 3 | 3pm porfa | mañana 3 pm"
    " | somos 2, a las 3 pm | 3.00 pm | 15.00 | el 24 de diciembre a las 15 hrs | a las 15:00 horas "
    "| 15 : 00 | en 5 horas",
    "15:30": "3:30 | 3:30pm | 3.30 pm | 15:30 | 15h30 | 15.30 | 1530 hrs | tres y media | 3 y media "
    "| las 3 y media de la tarde"
    " | a las tres y media | a las 3 y 30 | tres treinta | 24/12 15:30 | 15:30hrs | 15:30 hs | martes 15:30",
    "15:15": "3 y cuarto | a las tres y cuarto | 3:15 | a las 3 y 15 | tres y quince de la tarde",
    "15:45": "cuarto para las 4 | un cuarto para las cuatro | 4 menos cuarto | las cuatro menos cuarto "
    "| 15 para las 4 | quince para las 4"
    " | faltan 15 para las 4",
    "18:30": "18h30 | 18:30 | 6 y media | seis y media de la tarde | 6:30 pm | a las 6 y media",
    "18:20": "6 y 20 | a las seis y veinte | a las 6 y veinte minutos | 6:20 de la tarde",
    "10:30": "10:30 | las 10 y media | diez y media | 10 y media de la mañana | 10.30 am | 10:30am",
    "10:00": "10am | 10 am | 10 | a las 10 | diez de la mañana | 10 d la mañana | mañana a las 10 de la mañana | 10:00",
    "12:00": (
        "12 | mediodía | al mediodía | medio dia | 12pm | 12:00 | a las doce | 12 del día | 12 del mediodía "
        "| doce de la tarde"
    ),
    "13:00": "a la una | a la 1 | 1pm | la una de la tarde | una de la tarde | 13:00 | 1 de la tarde",
    "14:00": "2 del mediodía | las 2 | dos de la tarde",
    "20:00": (
        "8 de la noche | 8 de la nche | 8 de la noxe | a las 8 d la noxe | ocho de la noche | 8pm | 20:00 "
        "| 20 hrs | a las 20 | 8 pm hoy"
    ),
    "09:00": "9am | 9 de la mañana | nueve de la mañana | 09:00 | 9 a.m. | mañana por la mañana a las 9",
    "00:00": "12 de la noche | medianoche | 12am | 0:00",
    "05:00": "5 de la madrugada | 5am",
    "08:45": "un cuarto para las nueve de la mañana | 9 menos cuarto am",
    "10:25": "en 25 minutos | dentro de 25 min",
}
REFUSED = {
    "hora_inexistente": (
        "26:30 | 25 hrs | a las 30 | 10:75 | 24:30 | 99:99 | a las 27 | 15 de la mañana | 10 de la tarde | 15am"
    ),
    "hora_ambigua": "a las 8 | las 9 | 9:30 | un cuarto para las nueve | 7 | diez para las ocho | 9 y media",
    "hora_vaga": "cuando se pueda | a cualquier hora | en la tarde | mañana por la mañana | por la noche "
    "| el viernes por la tarde"
    " | temprano | más tarde | después de las 5 | antes de las 12 | antes del mediodía | entre 3 y 5 | de 3 a 5 "
    "| a partir de las 4 | la que sea"
    " | lo más temprano posible | me da igual | mañana temprano | en un rato"
    " | al rato | al ratito | más al rato | el primero que tengas | el primer horario que tengas",
    "hora_multiple": "a las 3 o 4 | 15:30 o 16 | las 10 u 11 | las 3 o las 4 | 3pm o 4pm | a las 3 y a las 5"
    " | 15:00 o 16:00",
    "sin_valor": "10 a 11 | 10-11 | hola | somos 3 | el 24 | 24/12 | 5 de mayo | mañana | C-1042 | 12345"
    " | 50 dólares | $15 "
    "| ana15@gmail.com"
    " | 55 1234 5678 | dos horas | sí | para 3 personas | quiero carta natal | a las 3 no puedo | 2027-01-05",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "moment"), _rows(TIMES))
def test_reads_the_time_that_the_phrase_means(phrase: str, moment: str, ctx: Context) -> None:
    assert read_hora(phrase, ctx, **OPEN) == Read(time.fromisoformat(moment))


@pytest.mark.parametrize(("phrase", "reason"), _rows(REFUSED))
def test_refuses_what_states_no_single_time(phrase: str, reason: str, ctx: Context) -> None:
    result = read_hora(phrase, ctx, **OPEN)

    assert isinstance(result, Unclear)
    assert result.reason == reason


def test_offers_both_readings_when_opening_hours_are_not_known(ctx: Context) -> None:
    assert read_hora("a las 3", ctx) == Unclear("hora_ambigua", (time(3), time(15)))


def test_offers_both_readings_when_both_are_open(ctx: Context) -> None:
    assert read_hora("a las 9", ctx, open_from=time(8), open_to=time(22)) == Unclear(
        "hora_ambigua", (time(9), time(21))
    )


def test_keeps_a_plain_time_outside_opening_hours(ctx: Context) -> None:
    assert read_hora("11 de la noche", ctx, **OPEN) == Read(time(23))


def test_leaves_a_number_alone_aside_when_something_else_was_asked(ctx: Context) -> None:
    assert read_hora("3", ctx, bare=False, **OPEN) == Unclear("sin_valor")
