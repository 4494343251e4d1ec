from dataclasses import replace

import pytest

from actions.values import Context, Read, Unclear, read_email, read_telefono

EMAILS = {
    "ana@example.com": "ana@example.com | ANA@EXAMPLE.COM | mi correo es ana@example.com. | ana@example.com, gracias "
    "| <ana@example.com>"
    " | ana @ example.com | ana @example . com | ana arroba example punto com "
    "| es ana arroba example punto com | ana@example.com?"
    " | mi correo es ana arroba example punto com gracias | mailto:ana@example.com | ana(at)example.com "
    "| *ana@example.com*"
    " | sí, ana@example.com y la cita es mañana | pedro@example.com no, perdón ana@example.com | (ana@example.com)"
    " | correo: ana@example.com | ana arrova example punto com",
    "ana.perez@gmail.com": "ana.perez@gmail.com | Ana.Perez@Gmail.com | ana punto perez arroba gmail punto com"
    " | mi correo es ana punto perez arroba gmail punto com | es ana punto perez @ gmail punto com "
    "| Ana punto Perez arroba Gmail punto com",
    "ana_85@hotmail.com": (
        "ana_85@hotmail.com | ana guion bajo 85 arroba hotmail punto com | ana guión bajo 85 arroba hotmail punto com"
    ),
    "juan-lopez@empresa.com.mx": "juan-lopez@empresa.com.mx | juan guion lopez arroba empresa punto com punto mx"
    " | juan guión medio lopez arroba empresa punto com punto mx",
    "a@x.co": "a@x.co | a arroba x punto co",
    "ana+citas@yahoo.es": "ana+citas@yahoo.es",
}
REFUSED = {
    "email_invalido": "ana@ | ana..b@gmail.com | maría@gmail.com | a@b | arroba | @gmail.com | ana@-x.com",
    "email_dudoso": (
        "ana@gmail | ana@gmial.com | ana@hotmail.con | ana perez arroba gmail punto com "
        "| ana 85 arroba gmail punto com | ana@gmail.co"
    ),
    "email_multiple": "ana@gmail.com y pedro@gmail.com | ana@gmail.com o ana@hotmail.com",
    "sin_valor": "hola | no tengo correo | C-1042 | 5512345678 | el martes",
}
PHONES = {
    "+525512345678": "55 1234 5678 | 5512345678 | +52 55 1234 5678 | +525512345678 | +521 55 1234 5678 | 55-1234-5678 "
    "| (55) 1234-5678"
    " | mi número es 55 1234 5678 | +52 (55) 1234 5678 | 55.1234.5678 | 044 55 1234 5678 "
    "| tel: 5512345678 | 55 12 34 56 78 | 0052 55 1234 5678"
    " | cincuenta y cinco doce treinta y cuatro cincuenta y seis setenta y ocho "
    "| cinco cinco uno dos tres cuatro cinco seis siete ocho"
    " | más cincuenta y dos 55 1234 5678 | 55 8765 4321 no, perdón 55 1234 5678",
    "+573001234567": "+57 300 123 4567",
    "+34612345678": "+34 612 345 678",
    "+5491123456789": "+54 9 11 2345-6789",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "address"), _rows(EMAILS))
def test_reads_an_address_written_or_spoken(phrase: str, address: str) -> None:
    assert read_email(phrase) == Read(address)


@pytest.mark.parametrize(("phrase", "reason"), _rows(REFUSED))
def test_refuses_what_is_no_single_address(phrase: str, reason: str) -> None:
    result = read_email(phrase)

    assert isinstance(result, Unclear)
    assert result.reason == reason


def test_offers_the_likely_address() -> None:
    assert read_email("ana@gmial.com") == Unclear("email_dudoso", ("ana@gmail.com",))
    assert read_email("ana perez arroba gmail punto com") == Unclear(
        "email_dudoso", ("anaperez@gmail.com", "perez@gmail.com")
    )


@pytest.mark.parametrize(("phrase", "number"), _rows(PHONES))
def test_reads_a_phone_as_e164(phrase: str, number: str, ctx: Context) -> None:
    assert read_telefono(phrase, ctx) == Read(number)


@pytest.mark.parametrize(
    ("phrase", "country", "number"),
    [
        ("300 123 4567", "CO", "+573001234567"),
        ("11 2345-6789", "AR", "+541123456789"),
        ("9 8765 4321", "CL", "+56987654321"),
        ("987 654 321", "PE", "+51987654321"),
        ("612 34 56 78", "ES", "+34612345678"),
    ],
)
def test_takes_a_phone_without_prefix_from_the_country(phrase: str, country: str, number: str, ctx: Context) -> None:
    assert read_telefono(phrase, replace(ctx, country=country)) == Read(number)


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("hola", "sin_valor"),
        ("123", "sin_valor"),
        ("12345678901234", "telefono_invalido"),
        ("5512345", "telefono_invalido"),
        ("55 1234 5678 o 55 8765 4321", "telefono_multiple"),
        ("+52 11 1111", "telefono_invalido"),
    ],
)
def test_refuses_what_is_no_single_phone(phrase: str, reason: str, ctx: Context) -> None:
    result = read_telefono(phrase, ctx)

    assert isinstance(result, Unclear)
    assert result.reason == reason
