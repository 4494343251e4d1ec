import pytest

from actions.values import Read, Unclear, read_cita_id, read_solicitud_id

CITAS = {
    "C-1042": "C-1042 | c-1042 | c1042 | C1042 | C 1042 | cita 1042 | 1042 | la cita número 1042 "
    "| mi cita es la C-1042 | la 1042"
    " | quiero cancelar la cita C-1042 del martes | cita C-1042 | cita c1042 | ce 1042 "
    "| uno cero cuatro dos | c-1041 no, c-1042"
    " | c - 1042 | la cita es 1042 | folio de mi cita: c1042 | #1042 | C–1042 "
    "| pagar 50 dólares de la C-1042 | C-1042.",
    "C-10042": "C-10042 | cita 10042",
}
NOT_CITAS = (
    "12345 | solicitud 12345 | pagar 1042 pesos | hola | ana1042@gmail.com | cita el 24/12 "
    "| 55 1234 5678 | $1042 | 10:42 | cita a las 3"
)
SOLICITUDES = {
    "12345": "#12345 | solicitud 12345 | 12345 | mi solicitud es la 12345 | solicitud número 12345 | folio: 12345 "
    "| la 12345"
    " | uno dos tres cuatro cinco | el trámite 12345 | solicitud #12345 | # 12345 | quiero saber de la solicitud 12345",
}
NOT_SOLICITUDES = (
    "1042 | C-12345 | C-1042 | 123456 | pagar 12345 pesos | hola | $12345 | ana12345@gmail.com | tel 12345"
)


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "cita"), _rows(CITAS))
def test_reads_an_appointment_id(phrase: str, cita: str) -> None:
    assert read_cita_id(phrase) == Read(cita)


@pytest.mark.parametrize("phrase", NOT_CITAS.split(" | "))
def test_takes_no_other_number_for_an_appointment(phrase: str) -> None:
    assert read_cita_id(phrase) == Unclear("sin_valor")


@pytest.mark.parametrize(("phrase", "solicitud"), _rows(SOLICITUDES))
def test_reads_a_request_id(phrase: str, solicitud: str) -> None:
    assert read_solicitud_id(phrase) == Read(solicitud)


@pytest.mark.parametrize("phrase", NOT_SOLICITUDES.split(" | "))
def test_takes_no_other_number_for_a_request(phrase: str) -> None:
    assert read_solicitud_id(phrase) == Unclear("sin_valor")


def test_offers_both_when_two_are_named() -> None:
    assert read_cita_id("C-1042 y C-1043") == Unclear("cita_multiple", ("C-1042", "C-1043"))
    assert read_solicitud_id("#12345 o #12346") == Unclear("solicitud_multiple", ("12345", "12346"))


def test_leaves_digits_alone_aside_when_something_else_was_asked() -> None:
    assert read_cita_id("1042", bare=False) == Unclear("sin_valor")
    assert read_solicitud_id("12345", bare=False) == Unclear("sin_valor")
