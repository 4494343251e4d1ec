from datetime import datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.values import Context, Read, read_fecha, read_hora
from actions.values.moves import part_move

# What is said | the day it has, the hour it has | the day wanted, the hour wanted; "-" where none is said. The
# moment of writing is Monday, 23 November 2026.
MOVES = """
la del viernes pásala al martes a las 4 | 27 - | 24 16
quiero pasar mi cita del viernes al lunes | 27 - | 30 -
mi cita de mañana muévela al jueves | 24 - | 26 -
me gustaría pasar la cita de hoy a mañana | 23 - | 24 -
quiero mover mi cita del viernes | 27 - | - -
tengo cita mañana | 24 - | - -
tengo cita el lunes y la quiero pasar al martes | 30 - | 24 -
tengo turno mañana a las 15, lo podemos correr a las 16? | 24 15 | - 16
ya agendé para el jueves pero me conviene el viernes | 26 - | 27 -
la de las 3 pásala a las 5 | - 15 | - 17
de las 10:00 a las 12:00 | - 10 | - 12
mi cita de las 4 que sea a las 6 por favor | - 16 | - 18
la del lunes a las 5 pásala al martes | 30 17 | 24 -
la del lunes a las 5 pásala a las 7 de la tarde | 30 17 | - 19
mi cita del jueves a las 3 la necesito el viernes a las 3 | 26 15 | 27 15
cambia mi cita del lunes a las 5 | 30 - | - 17
en vez del jueves ponme el viernes | 26 - | 27 -
ponme la cita para el sábado en lugar del viernes | 27 - | 28 -
pásame mi cita a las 6 en vez de a las 4 | - 16 | - 18
quiero que mi cita sea el martes y no el lunes | 30 - | 24 -
no voy a poder el viernes, me la pasas al lunes? | 27 - | 30 -
el viernes no puedo, mi cita pásala al sábado | 27 - | 28 -
siempre no puedo a las 11, pásala a las 13 | - 11 | - 13
no llego a la de hoy, la dejamos para mañana? | 23 - | 24 -
me agendaron a las 7 de la tarde y yo la quería a las 5 | - 19 | - 17
la del 12 de diciembre muévela al jueves | 12/12 - | 26 -
muévela al viernes a las 5 | - - | 27 17
muévela para las 5 del martes | - - | 24 17
para el martes a las 4 de la tarde | - - | 24 16
a la misma hora del domingo | - - | 29 -
la C-1042 para el jueves | - - | 26 -
perdón, era el martes | - - | 24 -
no, el jueves | - - | 26 -
no el jueves | - - | 26 -
mejor a las 5 | - - | - 17
hola | - - | - -
"""
SHIFTS = {
    "córrela una hora": timedelta(hours=1),
    "recórreme la cita media hora": timedelta(minutes=30),
    "córrela 30 minutos": timedelta(minutes=30),
    "una hora más tarde": timedelta(hours=1),
    "que sea dos horas antes": timedelta(hours=-2),
    "adelántala una hora": timedelta(hours=-1),
    "atrásala una hora y media": timedelta(minutes=90),
    "quiero posponer mi cita una semana": timedelta(days=7),
    "pásala al día siguiente": timedelta(days=1),
    "un día después": timedelta(days=1),
}


def _day(text: str, ctx: Context) -> str:
    result = read_fecha(text, ctx, bare=False) if text else None
    if not isinstance(result, Read):
        return "-"
    return f"{result.value:%d}" if result.value.month == 11 else f"{result.value:%d/%m}"


def _hour(text: str, ctx: Context) -> str:
    result = read_hora(text, ctx, open_from=time(10), open_to=time(20), bare=False) if text else None
    return f"{result.value:%H}" if isinstance(result, Read) else "-"


@pytest.mark.parametrize("row", MOVES.strip().splitlines())
def test_parts_the_time_it_has_from_the_time_that_is_wanted(row: str, ctx: Context) -> None:
    text, present, wanted = (part.strip() for part in row.split("|"))

    move = part_move(text, ctx)

    assert f"{_day(move.present_day, ctx)} {_hour(move.present_hour, ctx)}" == present
    assert f"{_day(move.wanted, ctx)} {_hour(move.wanted, ctx)}" == wanted
    assert move.shift is None


@pytest.mark.parametrize("text", ["el viernes", "el viernes a las 3", "la del viernes"])
def test_a_day_that_answers_which_one_is_the_one_it_has(text: str, ctx: Context) -> None:
    move = part_move(text, ctx, naming=True)

    assert _day(move.present_day, ctx) == "27"
    assert _day(move.wanted, ctx) == "-"


def test_the_wanted_day_may_be_said_with_the_answer_to_which_one(ctx: Context) -> None:
    move = part_move("la del viernes pásala al martes", ctx, naming=True)

    assert (_day(move.present_day, ctx), _day(move.wanted, ctx)) == ("27", "24")


@pytest.mark.parametrize(("text", "shift"), SHIFTS.items())
def test_reads_how_far_it_is_to_be_moved(text: str, shift: timedelta, ctx: Context) -> None:
    move = part_move(text, ctx)

    assert move.shift == shift
    assert (_day(move.wanted, ctx), _hour(move.wanted, ctx)) == ("-", "-")


@pytest.mark.parametrize(
    "text",
    ["atrásala, que dura una hora", "una hora antes de las 5", "córrela, la pedí hace un día"],
)
def test_no_other_length_of_time_is_how_far(text: str, ctx: Context) -> None:
    assert part_move(text, ctx).shift is None


_PIECES = ["la", "del", "viernes", "al martes", "a las 4", "5", "no", "mañana", "pásala", "una hora", "antes", "puedo"]


@given(st.text() | st.lists(st.sampled_from(_PIECES)))
def test_reads_anything_without_failing(said: str | list[str]) -> None:
    ctx = Context(datetime(2026, 11, 23, 10, tzinfo=timezone.utc))
    part_move(said if isinstance(said, str) else " ".join(said), ctx)
