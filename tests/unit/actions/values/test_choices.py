from datetime import datetime, time, timedelta, timezone

import pytest

from actions.values import (
    Read,
    Unclear,
    read_confirmacion,
    read_metodo_pago,
    read_ordinal_choice,
    read_paquete_id,
    read_tipo_historial,
    read_tipo_paquete,
    read_tipo_sesion,
)

CHOICES = {
    read_metodo_pago: {
        "tarjeta": "tarjeta | con tarjeta de crédito | targeta | tarjeta porfa | con visa | débito | tarjetas",
        "transferencia": "transferencia | tranferencia | por transferencia bancaria | SPEI | depósito | transfer"
        " | transf",
        "efectivo": "efectivo | en efectivo | cash | efetivo | con tarjeta no, mejor efectivo | pago al llegar",
        "paypal": "paypal | PayPal | pay pal | por paypal",
    },
    read_tipo_sesion: {
        "carta_natal": (
            "carta natal | carta astral | mi carta | la natal | Carta Natal porfa | tarot no, carta natal "
            "| cartas natales"
        ),
        "revolucion_solar": "revolución solar | revolucion | rev solar | revolusion solar | retorno solar",
        "sinastria": "sinastría | sinastria | sinastia | compatibilidad | la de pareja | carta de pareja",
        "tarot": "tarot | tarot porfa | lectura de cartas | que me lean las cartas del tarot | una tirada",
    },
    read_tipo_paquete: {
        "individual": "individual | para mí | personal | indibidual | solo yo | para una persona",
        "pareja": "pareja | en pareja | para dos | de parejas | mi novio y yo",
        "grupo": "grupo | grupal | para 5 personas | los de grupo | con amigas",
    },
    read_paquete_id: {
        "carta-natal": "carta-natal | carta natal | carta astral | el de carta natal",
        "revolucion-solar": "revolucion-solar | revolución solar",
        "pareja": "pareja | el de pareja | sinastría",
        "tarot-express": "tarot-express | tarot express | el express | tarot | tarot exprés",
    },
    read_tipo_historial: {
        "citas": "citas | mis citas | las consultas | todas mis citas | reservas",
        "pagos": "pagos | mis pagos | lo que he pagado | facturas",
        "solicitudes": "solicitudes | mis trámites | solicitud",
        "todo": "todo | todo el historial | historial completo | citas, pagos y solicitudes | completo",
    },
}
ANSWERS = {
    True: "sí | si | Sí! | siii | s | sip | simón | dale | va | ok | okay | oki | correcto | claro "
    "| claro que sí | 👍 | 👍🏽 | ✅ | vale | sale"
    " | listo | perfecto | de acuerdo | confirmo | adelante | está bien | así es | exacto | por supuesto "
    "| cómo no | no hay problema | sí por favor"
    " | si porfa | ok gracias | perfecto gracias | sí, gracias | sí quiero | si confirmo | hágale "
    "| de una | me parece bien | bueno | obvio | todo bien"
    " | sí sí | jajaja sí | creo que sí | ok perfecto | eso es | afirmativo | ya, dale | venga "
    "| todo correcto | si esta bien | sí, es correcto"
    " | sí, claro | dale, gracias | ok 👍 | claro, adelante",
    False: "no | nop | nel | nah | noo | nooo | No. | no gracias | no, gracias | mejor no | todavía no | aún no "
    "| claro que no | para nada | ni modo"
    " | negativo | 👎 | ❌ | no quiero | no está bien | no es correcto | está mal | ya no | no no "
    "| incorrecto | por ahora no | de ninguna manera"
    " | no, mejor a las 4 | no, el martes | nunca | no confirmo | mejor no, gracias | tampoco",
}
NOT_ANSWERS = {
    "confirmacion_dudosa": "sí, pero a las 4 | no sé | tal vez | quizás | sí y no | no, está bien así"
    " | si, la de las 4 "
    "| sí, pero cambia el correo"
    " | va bien el martes? | depende | puede ser | sí, mejor el jueves | ok pero en efectivo",
    "sin_valor": "hola | quiero una cita | 1 | 2 | ana@gmail.com | el martes | tarot | a las 3 | cuánto cuesta",
}
ZONE = timezone(timedelta(hours=-6))
TIMES = [time(10), time(15), time(16, 30)]
DAYS = [
    datetime(2026, 11, 24, 10, tzinfo=ZONE),
    datetime(2026, 11, 24, 16, tzinfo=ZONE),
    datetime(2026, 11, 25, 10, tzinfo=ZONE),
]


def _rows(table: dict) -> list[tuple]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(
    ("read", "phrase", "value"),
    [(read, phrase, value) for read, table in CHOICES.items() for phrase, value in _rows(table)],
)
def test_reads_a_choice_by_its_usual_words(read, phrase: str, value: str) -> None:
    assert read(phrase) == Read(value)


@pytest.mark.parametrize("read", list(CHOICES))
@pytest.mark.parametrize("phrase", ["hola", "ana@gmail.com", "12345", "el martes", "👍", ""])
def test_chooses_nothing_from_other_words(read, phrase: str) -> None:
    assert read(phrase) == Unclear("sin_valor")


def test_asks_back_when_two_are_named() -> None:
    assert read_metodo_pago("tarjeta o efectivo") == Unclear("metodo_multiple", ("tarjeta", "efectivo"))
    assert read_tipo_sesion("carta natal y tarot") == Unclear("tipo_multiple", ("carta_natal", "tarot"))


@pytest.mark.parametrize(("phrase", "answer"), _rows(ANSWERS))
def test_reads_yes_and_no(phrase: str, answer: bool) -> None:
    assert read_confirmacion(phrase) == Read(answer)


@pytest.mark.parametrize(("phrase", "reason"), _rows(NOT_ANSWERS))
def test_takes_nothing_else_for_a_yes(phrase: str, reason: str) -> None:
    assert read_confirmacion(phrase) == Unclear(reason)


@pytest.mark.parametrize(
    ("phrase", "index"),
    _rows(
        {
            0: "la primera | 1 | el 1 | la uno | quiero la primera | la de las 10 | opción 1 | primera | a | 10am "
            "| la segunda no, la primera",
            1: "la segunda | la 2 | dos | me late la segunda | la de las 3 | a las 3 | 3pm | segunda opción | 15:00 "
            "| no la primera sino la segunda | la del medio",
            2: "la tercera | 3 | la última | la de las 4:30 | a las 4 y media | opción 3 | la tercera por favor "
            "| 16:30 | la más tarde",
        }
    ),
)
def test_reads_which_of_the_times_offered(phrase: str, index: int) -> None:
    assert read_ordinal_choice(phrase, TIMES) == Read(index)


@pytest.mark.parametrize(
    ("phrase", "index"),
    _rows(
        {
            0: "la primera | martes 10am | el martes a las 10",
            1: "el martes a las 4 | a las 4",
            2: "el miércoles | miércoles 25",
        }
    ),
)
def test_reads_which_of_the_days_offered(phrase: str, index: int) -> None:
    assert read_ordinal_choice(phrase, DAYS) == Read(index)


def test_asks_back_when_the_option_is_not_there_or_not_one() -> None:
    assert read_ordinal_choice("5", TIMES) == Unclear("opcion_inexistente")
    assert read_ordinal_choice("el martes", DAYS) == Unclear("opcion_ambigua", (0, 1))
    assert read_ordinal_choice("a las 10", DAYS) == Unclear("opcion_ambigua", (0, 2))
    assert read_ordinal_choice("hola", TIMES) == Unclear("sin_valor")
    assert read_ordinal_choice("a las 6", TIMES) == Unclear("sin_valor")


@pytest.mark.parametrize(
    "phrase", ["el primero que tengas", "la primera que haya", "el 1ro que tengas", "la última que tengas"]
)
def test_the_first_there_is_is_none_of_those_offered(phrase: str) -> None:
    assert read_ordinal_choice(phrase, TIMES) == Unclear("sin_valor")


def test_the_first_that_was_said_is_one_of_those_offered() -> None:
    assert read_ordinal_choice("el primero que dijiste", TIMES) == Read(0)
