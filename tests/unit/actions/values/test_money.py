from dataclasses import replace
from decimal import Decimal

import pytest

from actions.values import Context, Money, Read, Unclear, has_card_number, read_duracion, read_moneda, read_monto

AMOUNTS = {
    "50": (
        "$50 | 50 | cincuenta | $ 50 | 50.00 | 50,00 | 50$ | son 50 | 50 con tarjeta | $50.00 "
        "| 40 no, perdón 50 | 60, digo 50 | serían 50"
    ),
    "50 USD": "50 dólares | 50 dolares | cincuenta dólares | 50 usd | USD 50 | US$50 | US$ 50.00 | u$s 50 | 50 dls "
    "| 50USD | $50 usd | 50 dolars"
    " | quiero pagar 50 dólares de la cita C-1042 con tarjeta | 50 dolares el 24 de noviembre a las 3pm "
    "| 40 dólares no, 50"
    " | 60 dólares, perdón, 50",
    "50 EUR": "50 euros | €50 | 50€ | 50 eur | cincuenta euros",
    "1500": "1.500 | 1,500 | 1500 | 1 500 | mil quinientos | 1.500,00 | 1,500.00 | 1.5k | 1,5 mil | $1,500 | $1.500",
    "1500.50": "1.500,50 | 1,500.50 | 1500.5 | 1500,50 | $1,500.50",
    "25000": "25 mil | 25mil | veinticinco mil | 25k | 25.000 | 25,000 | 25 000",
    "25000 MXN": "veinticinco mil pesos | 25 mil pesos | $25,000 mxn | 25 mil pesos mexicanos | 25mil varos",
    "2500": "2 mil 500 | 2 mil quinientos | dos mil quinientos | dos mil 500",
    "1200 MXN": "$1,200.00 mxn | 1200 pesos | mil doscientos pesos | MXN 1200",
    "120 PEN": "S/ 120 | 120 soles | s/.120 | ciento veinte soles",
    "50.50 MXN": "50 pesos con 50 centavos | 50.50 pesos",
    "1500000": "1,5 millones | 1.5 millones | 1.500.000 | 1,500,000",
    "0.50": "0.50 | 0,5",
    "30000 COP": "30 mil pesos colombianos | 30.000 cop",
}
REFUSED = {
    "tarjeta": "4111 1111 1111 1111 | 4111111111111111 | 4111-1111-1111-1111 | mi tarjeta es 4111111111111111 y pago 50"
    " | 5555.5555.5555.4444 | 3782 822463 10005 | 411111 1111111111",
    "monto_invalido": "0 | $0 | -50 | -$50 | 0.00 | 50.1234 | 1.50.500 | 4111 1111 1111 1112 | 99999999999 | 30 lucas",
    "monto_multiple": "50 o 60 | 50 o 60 dólares | 50 dólares o 60 | $50 y $60",
    "monto_total": "todo lo que debo | el total | todo | completo"
    " | lo que debo | las dos | quiero pagar los dos | ambas",
    "monto_parcial": "la mitad | el 50% | un anticipo",
    "sin_valor": "hola | mil gracias | pagar la cita 1042 | C-1042 | a las 5 | el 24 de diciembre "
    "| quiero pagar una cita | #12345"
    " | ana50@gmail.com | somos 3 | con tarjeta | +52 55 1234 5678 | 60 minutos | a las 15:30",
}
CURRENCIES = {
    "USD": "en dolares | dólares | usd | USD | cuánto cuesta en usd | dolares porfa | pesos no, dólares",
    "MXN": "pesos | en pesos | mxn | pesos mexicanos",
    "EUR": "euros | en €  | 50 euros",
    "COP": "pesos colombianos | cop",
    "PEN": "soles",
}
MINUTES = {
    60: "una hora | 1 hora | 1h | 60 | 60 minutos | sesenta minutos | 60 min | 1 hr | 60min | una horita no, una hora",
    90: "hora y media | una hora y media | 1h30 | 90 min | 1:30 | 1.5 horas | 1 hora y 30 minutos "
    "| noventa minutos | 1 hora 30 minutos",
    30: "media hora | 30 min | treinta minutos | media horita | una hora no, media hora",
    45: "45 minutos | tres cuartos de hora | 45",
    120: "dos horas | 2 horas | 2h | 120",
    75: "hora y cuarto | 1 hora y 15 minutos | una hora y cuarto",
    15: "un cuarto de hora | 15 minutos",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


def _money(written: str) -> Money:
    amount, _, currency = written.partition(" ")
    return Money(Decimal(amount), currency or None)


@pytest.mark.parametrize(("phrase", "money"), _rows(AMOUNTS))
def test_reads_the_amount_and_currency_said(phrase: str, money: str, ctx: Context) -> None:
    assert read_monto(phrase, ctx) == Read(_money(money))


@pytest.mark.parametrize(("phrase", "reason"), _rows(REFUSED))
def test_refuses_what_is_no_single_amount(phrase: str, reason: str, ctx: Context) -> None:
    result = read_monto(phrase, ctx)

    assert isinstance(result, Unclear)
    assert result.reason == reason


@pytest.mark.parametrize(
    ("phrase", "country", "money"),
    [
        ("30 lucas", "CO", "30000 COP"),
        ("30 lucas", "CL", "30000 CLP"),
        ("30 lucas", "PE", "30 PEN"),
        ("2 palos", "AR", "2000000 ARS"),
        ("500 pesos", "AR", "500 ARS"),
        ("500 pesos", "CL", "500 CLP"),
        ("500 pesos", "ES", "500"),
    ],
)
def test_takes_pesos_and_slang_from_the_country(phrase: str, country: str, money: str, ctx: Context) -> None:
    assert read_monto(phrase, replace(ctx, country=country)) == Read(_money(money))


def test_never_repeats_a_card_number(ctx: Context) -> None:
    for phrase in REFUSED["tarjeta"].split(" | "):
        assert has_card_number(phrase)
        assert read_monto(phrase, ctx) == Unclear("tarjeta")


@pytest.mark.parametrize("phrase", ["55 1234 5678", "C-1042", "4111 1111 1111 1112", "0000 0000 0000 0000"])
def test_takes_no_other_digits_for_a_card(phrase: str) -> None:
    assert not has_card_number(phrase)


def test_leaves_plain_numbers_aside_when_something_else_was_asked(ctx: Context) -> None:
    assert read_monto("50", ctx, bare=False) == Unclear("sin_valor")
    assert read_monto("$50", ctx, bare=False) == Read(Money(Decimal(50)))


@pytest.mark.parametrize(("phrase", "currency"), _rows(CURRENCIES))
def test_reads_the_currency(phrase: str, currency: str, ctx: Context) -> None:
    assert read_moneda(phrase, ctx) == Read(currency)


def test_does_not_guess_a_currency(ctx: Context) -> None:
    assert read_moneda("$", ctx) == Unclear("sin_valor")
    assert read_moneda("pesos", replace(ctx, country="ES")) == Unclear("moneda_ambigua")
    assert read_moneda("dólares o euros", ctx) == Unclear("moneda_multiple", ("USD", "EUR"))


@pytest.mark.parametrize(("phrase", "minutes"), _rows(MINUTES))
def test_reads_a_duration_in_minutes(phrase: str, minutes: int) -> None:
    assert read_duracion(phrase) == Read(minutes)


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("hola", "sin_valor"),
        ("0 minutos", "duracion_invalida"),
        ("2", "duracion_invalida"),
        ("30 horas", "duracion_invalida"),
        ("30 o 60 minutos", "duracion_multiple"),
    ],
)
def test_refuses_what_is_no_single_duration(phrase: str, reason: str) -> None:
    result = read_duracion(phrase)

    assert isinstance(result, Unclear)
    assert result.reason == reason
