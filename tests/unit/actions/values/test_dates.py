from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from actions.values import Context, Read, Unclear, read_fecha, read_fecha_nacimiento

# Phrases by the day they mean on Monday 23 November 2026.
DAYS = {
    "2026-11-23": "hoy | oy | hoy mismo | hoy lunes | hoy en la noche | esta noche | esta tarde | lunes 23 | en 3 horas"
    " | el lunes de esta semana | 23/11 | hoy 23 de noviembre",
    "2026-11-24": "mañana | manana | mñna | mñn | mañ | Mañana!! | MAÑANA | mañanaaa | mañana por la mañana "
    "| mañana temprano"
    " | mañana en la tarde | mañana x la tarde | mañana a las 3pm | mañana,3pm | para mañana porfa | el martes | martes"
    " | este martes | martez | el mártes | próximo martes | el martes que viene | martes 24 | mar 24 de noviembre"
    " | el 24 | 24 | día 24 | el veinticuatro | mañana martes | en 1 día | en un dia | hoy no, mañana "
    "| hoy no puedo, mañana sí"
    " | el miércoles no, mejor el martes | no el lunes sino el martes | perdón, era el martes "
    "| no, el martes | no el martes"
    " | el lunes, perdón, el martes | el lunes, digo martes | cambia la cita del lunes al martes "
    "| mejor el martes que el jueves"
    " | prefiero el martes | martes a las 3 no, mejor a las 4 | en vez del lunes el martes "
    "| el lunes no puedo pero el martes sí",
    "2026-11-25": "pasado mañana | pasadomañana | pasado mñna | psado mañana | miercoles | miércoles | mierkoles "
    "| el mie"
    " | el mierc | miércoles 25 | en 2 dias | dentro de dos días | el martes no puedo, que sea el miércoles"
    " | el miercoles próximo | 25 nov | 25 de nov. | no me queda el martes, el miércoles "
    "| el martes no me queda, el miércoles mejor",
    "2026-11-26": "jueves | juevs | juebes | el juev | en tres dias | dentro de 3 días | 26/11/2026 | el jueves 26",
    "2026-11-27": "el viernes | biernes | vier | pal viernes | el viernes que viene | el próximo viernes "
    "| viernes por la tarde"
    " | el viernes en la noche | este viernes | viernes 27 | viernes 27 de noviembre | viernes de esta semana"
    " | el viernes a las 5 de la tarde | q sea el viernes | kiero el viernes | viernes 27 nov 3pm "
    "| 27 nov 15:00 | el 27 a las 3",
    "2026-11-28": "sábado | sabado | sab | zabado | el sábado próximo | este sábado "
    "| hola, quiero una cita para el sábado"
    " | buenas tardes quisiera el sabado | buenos días, el sábado",
    "2026-11-29": "domingo | el dom | domingo 29",
    "2026-11-30": "el lunes | lunes | próximo lunes | prox lunes | el lunes siguiente | en una semana | en ocho días "
    "| en 8 dias"
    " | de hoy en ocho | hoy en ocho | en 1 semana | lunes de la próxima semana | el lunes de la semana que viene"
    " | la próxima semana el lunes | último día del mes | 30/11 | 30-11-2026 | 2026-11-30 | 30 de este mes"
    " | lunes 30 de noviembre a las 3",
    "2026-12-01": "1ro de diciembre | 1° de diciembre | primero de diciembre | el 1 de dic | uno de diciembre "
    "| el primero de diciembre"
    " | de mañana en ocho | martes de la próxima semana | el martes de la otra semana | 1/12 | el 1ero de diciembre"
    " | la semana que viene el martes | martes de la semana siguiente",
    "2026-12-04": (
        "viernes en ocho | el viernes en 8 | el viernes de la próxima semana | viernes 4 | viernes 4 de diciembre"
    ),
    "2026-12-05": (
        "el 5 | el 5 del próximo mes | el 5 del mes que viene | el día 5 | 5 de diciembre "
        "| cinco de diciembre | sábado 5"
    ),
    "2026-12-07": "de hoy en quince | en quince días | en 15 dias | en 2 semanas | dentro de dos semanas "
    "| en un par de semanas"
    " | el primer lunes de diciembre | primer lunes del próximo mes",
    "2026-12-23": "en un mes | dentro de un mes | 23 de diciembre | el veintitres de diciembre",
    "2026-12-24": "24/12 | el 24/12 | 24-12-2026 | 24/12/26 | 24.12.2026 | 24 dic | 24-dic | 24/dic/2026 "
    "| 24 de dic del 2026"
    " | veinticuatro de diciembre | diciembre 24 | dic 24 | Nochebuena | jueves 24 de diciembre "
    "| 24 de diciembre de 2026"
    " | 2026/12/24 | el 24 de diciembre | 24 d diciembre | 24 de dicimbre | 24diciembre | jueves 24/12",
    "2026-12-25": "Navidad | en navidad | 25 de diciembre",
    "2026-12-31": (
        "el 31 | 31 de diciembre | fin de año | el último día del año | nochevieja | treinta y uno de diciembre"
    ),
    "2027-01-01": "Año Nuevo | año nuevo | ano nuevo | 1 de enero | primero de enero",
    "2027-01-05": "5 de enero | 5/1 | 05/01/2027 | el 5 de enero de 2027",
    "2027-01-06": "Reyes | día de reyes | 6 de enero",
    "2027-01-21": "tercer jueves de enero",
    "2027-01-29": "el último viernes de enero",
    "2027-02-14": "14 de febrero | San Valentín",
}

REFUSED = {
    "fecha_inexistente": "30 de febrero | el 30 de febrero | 31/04 | 31 de abril | 32 | el 32 | 30/02/2027"
    " | 29 de febrero "
    "| 12/24"
    " | 0/12 | el 31 de noviembre | 31 de este mes | 2027-13-01 | treinta de febrero | 45/45/2026 | el 99",
    "fecha_pasada": "ayer | antier | anteayer | el lunes pasado | el viernes pasado | el pasado viernes "
    "| 20 de noviembre | 20/11"
    " | 22/11/2026 | 24-12-2025 | hace 3 días | 5 de mayo de 1990 | el 23 de octubre",
    "fecha_vaga": "hasta el lunes | gracias, hasta mañana | antes del viernes | a partir del lunes"
    " | cualquier martes | todos los martes"
    " | el segundo martes | la primera semana de enero | al rato | cuando se pueda | cuando puedas"
    " | el primero que tengas | el 1ro que tengas | cuando quieras | cualquier día | el que sea | lo antes posible "
    "| cuanto antes"
    " | fin de mes | a fines de mes | a finales de diciembre | esta semana | la próxima semana "
    "| la prox semana | este finde | el fin de semana"
    " | en diciembre | este mes | el próximo mes | un día de estos | más adelante | me da igual "
    "| entre semana | lo más pronto posible"
    " | del 3 al 7 | entre el lunes y el miércoles | de lunes a viernes | ahorita | cuando haya lugar "
    "| la quincena | del 3 al 7 de diciembre"
    " | el lunes antes de navidad | 3-7 de diciembre"
    " | el próximo lunes no, el otro | no el martes que viene sino el siguiente a las 5"
    " | no el lunes 30, el lunes siguiente | el 15 del próximo año a las 11",
    "fecha_multiple": "24 y 25 de diciembre | el 24 o 25 | 15 o 16 de diciembre"
    " | si no hay el martes, el miércoles | el martes o el jueves | martes y jueves | el 5 o el 6 | este lunes"
    " | el otro viernes "
    "| mañana o pasado mañana"
    " | el martes, el jueves | mar 24",
    "fecha_contradictoria": "martes 25 | mañana miércoles | martes 25 de noviembre | hoy martes | viernes 24/12",
    "sin_valor": "domingo de resurrección | martes de carnaval | hola | sí | somos 3 | quiero pagar 50 dólares"
    " | C-1042 | solicitud 12345 | ana24@gmail.com "
    "| a las 3 | 3pm | 15:00"
    " | 55 1234 5678 | +525512345678 | el martes no puedo | 5 de la tarde | 10 y media | tarot "
    "| 4111 1111 1111 1111 | por la mañana"
    " | en la mañana | el 5% | para 3 personas | la 2 | 12.50 | $24 | de 3 a 5 de la tarde",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "day"), _rows(DAYS))
def test_reads_the_day_that_the_phrase_means(phrase: str, day: str, ctx: Context) -> None:
    assert read_fecha(phrase, ctx) == Read(date.fromisoformat(day))


@pytest.mark.parametrize(("phrase", "reason"), _rows(REFUSED))
def test_refuses_what_names_no_single_day_ahead(phrase: str, reason: str, ctx: Context) -> None:
    result = read_fecha(phrase, ctx)

    assert isinstance(result, Unclear)
    assert result.reason == reason


@pytest.mark.parametrize(
    "phrase",
    ["el 15 de enero del próximo año", "15 de enero del año que viene a las 11", "viernes 15 de enero del año próximo"],
)
def test_a_month_may_be_of_the_next_year(phrase: str, ctx: Context) -> None:
    assert read_fecha(phrase, ctx) == Read(date(2027, 1, 15))


@pytest.mark.parametrize(
    ("phrase", "day"),
    [
        ("una cita el martes 15 a las 4 de la tarde", "2026-12-15"),
        ("el viernes 11 a las 3 de la tarde", "2026-12-11"),
        ("jueves 10 a las 11 de la mañana", "2026-12-10"),
        ("lunes 21 a las 5 pm", "2026-12-21"),
        ("el 3 a las 3 de la tarde", "2026-12-03"),
        ("viernes 3 a 5 de la tarde", "2026-11-27"),
    ],
)
def test_a_number_before_an_hour_is_of_the_day(phrase: str, day: str, ctx: Context) -> None:
    assert read_fecha(phrase, ctx) == Read(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("phrase", "day"),
    [("el 7", "2027-01-07"), ("7", "2027-01-07"), ("déjala para el 29 mejor", "2027-01-29"), ("el 31", "2027-01-31")],
)
def test_a_day_without_a_month_is_of_the_month_that_is_talked_about(phrase: str, day: str, ctx: Context) -> None:
    spoken = replace(ctx, spoken_of=date(2027, 1, 5))
    assert read_fecha(phrase, spoken) == Read(date.fromisoformat(day))


def test_a_day_that_this_month_lacks_or_has_behind_it_is_the_nearest(ctx: Context) -> None:
    assert read_fecha("el 5", replace(ctx, spoken_of=date(2026, 11, 30))) == Read(date(2026, 12, 5))
    assert read_fecha("el 31", replace(ctx, spoken_of=date(2026, 11, 30))) == Read(date(2026, 12, 31))


def test_offers_both_days_when_two_are_said(ctx: Context) -> None:
    assert read_fecha("el martes o el jueves", ctx) == Unclear(
        "fecha_multiple", (date(2026, 11, 24), date(2026, 11, 26))
    )


def test_offers_the_days_when_weekday_and_number_disagree(ctx: Context) -> None:
    assert read_fecha("martes 25", ctx) == Unclear("fecha_contradictoria", (date(2026, 11, 24), date(2026, 11, 25)))


@pytest.mark.parametrize(
    ("phrase", "day"),
    _rows(
        {
            "2026-11-22": "ayer | el domingo | el 22",
            "2026-11-20": "el viernes pasado | el viernes | 20 de noviembre | hace 3 días",
            "2026-10-05": "5 de octubre | el 5/10",
            "2025-12-24": "24 de diciembre | 24/12 | nochebuena",
            "2025-03-01": "1 de marzo de 2025",
        }
    ),
)
def test_counts_backwards_for_a_history(phrase: str, day: str, ctx: Context) -> None:
    assert read_fecha(phrase, ctx, past_allowed=True) == Read(date.fromisoformat(day))


def test_leaves_a_number_alone_aside_when_something_else_was_asked(ctx: Context) -> None:
    assert read_fecha("24", ctx, bare=False) == Unclear("sin_valor")


def test_takes_today_from_the_zone_that_now_carries(ctx: Context) -> None:
    late = ctx.now.replace(hour=23, minute=30)

    assert read_fecha("mañana", replace(ctx, now=late)) == Read(date(2026, 11, 24))
    assert read_fecha("mañana", replace(ctx, now=late.astimezone(ZoneInfo("UTC")))) == Read(date(2026, 11, 25))


def test_refuses_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Context(datetime(2026, 11, 23, 10))


@pytest.mark.parametrize(
    ("phrase", "day"),
    _rows(
        {
            "1990-05-12": "12/05/90 | 12-05-1990 | 12.05.1990 | 1990-05-12 | 12 05 90 | 12051990 | 12 de mayo de 1990 "
            "| 12 mayo 90"
            " | nací el 12 de mayo del 90 | 12/5/1990 | 12 de mayo de mil novecientos noventa "
            "| doce de mayo de 1990 | 12 may 1990"
            " | mi fecha de nacimiento es 12/05/1990 | 12-may-1990 | 12 de mayo del año 1990",
            "1985-01-01": "primero de enero de 1985 | 1ro de enero de 1985 | 1/1/85",
            "2004-02-29": "29 de febrero de 2004 | 29/02/04",
        }
    ),
)
def test_reads_a_birth_date_day_first(phrase: str, day: str, ctx: Context) -> None:
    assert read_fecha_nacimiento(phrase, ctx) == Read(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("phrase", "reason"),
    _rows(
        {
            "fecha_incompleta": "12 de mayo | 12/05 | tengo 30 años | 1990 | en 1990",
            "fecha_inexistente": "30/02/1990 | 29 de febrero de 1991 | 05/25/1990 | 31/04/1980",
            "fecha_futura": "1 de enero de 2030 | 24/11/2026",
            "edad_improbable": "01/01/1890",
            "sin_valor": "hola | ana@gmail.com | C-1042",
        }
    ),
)
def test_refuses_a_birth_date_that_cannot_be(phrase: str, reason: str, ctx: Context) -> None:
    result = read_fecha_nacimiento(phrase, ctx)

    assert isinstance(result, Unclear)
    assert result.reason == reason
