import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.values import Read, Unclear, read_codigo

CODES = {
    "482913": "482913 | 482 913 | 48 29 13 | 4-8-2-9-1-3 | 4 8 2 9 1 3 | 482-913 | 4.8.2.9.1.3"
    " | mi código es 482913 gracias | el codigo: 482913. | es el 482913! | me llegó 4 8 2 9 1 3 | codigo482913"
    " | *482913* | ４８２９１３"
    " | 4️⃣8️⃣2️⃣9️⃣1️⃣3️⃣"
    " | 4️⃣ 8️⃣ 2️⃣ 9️⃣ 1️⃣ 3️⃣ | ④⑧②⑨①③ | cuatro ocho dos nueve uno tres | Cuatro, ocho, dos, nueve, uno, tres."
    " | cuatro-ocho-dos-nueve-uno-tres | cuarenta y ocho veintinueve trece | 48 y 29 y 13 | 4829 13 porfa"
    " | cuatrocientos ochenta y dos novecientos trece | cuatrocientos ochenta y dos mil novecientos trece | 482 mil 913"
    " | cuatro ocho dos, después nueve uno tres | 482913 482913 | me llegó hace 5 minutos, 482913"
    " | código de 6 dígitos: 482913 | soy ana85@gmail.com y el código es 482913 | para la C-1042 es 482913"
    " | 482931, perdón, 482913 | no es 482931, es 482913 | ya, a las 5 llegó: 482913 | 4829 digo 482913"
    " | me llegó el 24/12 el 482913 | #482913 | es - 482913 | el código es-482913 | 482\n913",
    "000000": "000000 | cero cero cero cero cero cero | 0-0-0-0-0-0",
    "004501": "cero cero cuarenta y cinco cero uno | doble cero 4501",
    "111111": "uno uno uno uno uno uno | uno, uno, uno, uno, uno, uno | once once once",
    "777213": "triple siete 213",
    "482000": "482 mil",
}
NO_CODES = {
    "codigo_invalido": "48291 | 4829131 | 123 | cuatro ocho dos | +52 55 1234 5678 extensión 12 | 55 1234 5678 | 1042",
    "codigo_multiple": "482913 o 111222 | 482913 y 111222 | es el 482913 o el 482914?",
    "sin_valor": "hola | no me llegó el código | mándame otro | ana482913@gmail.com | C-1042 | c1042 | "
    "ya pasaron 10 minutos | no me llega, lo pedí a las 5 | la C - 1042 | $482913 | son de 6 dígitos? | uno | 24/12/26"
    " | una clave | ",
}


def _rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(phrase, expected) for expected, phrases in table.items() for phrase in phrases.split(" | ")]


@pytest.mark.parametrize(("phrase", "code"), _rows(CODES))
def test_reads_a_code_typed_or_dictated(phrase: str, code: str) -> None:
    assert read_codigo(phrase) == Read(code)


@pytest.mark.parametrize(("phrase", "reason"), _rows(NO_CODES))
def test_takes_nothing_else_for_a_code(phrase: str, reason: str) -> None:
    result = read_codigo(phrase)

    assert isinstance(result, Unclear)
    assert result.reason == reason


def test_offers_both_when_two_codes_are_said() -> None:
    assert read_codigo("482913 o 111222") == Unclear("codigo_multiple", ("482913", "111222"))


_NAMES = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
_TEENS = [
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
_codes = st.text(string.digits, min_size=6, max_size=6)
_before = st.sampled_from(["", "el código es ", "me llegó ", "Hola, es el ", "ok: ", "código "])
_after = st.sampled_from(["", " gracias", ".", " 🙏", ", ¿está bien?"])


def _pair(pair: str) -> str:
    number = int(pair)
    if number < 10:
        return f"cero {_NAMES[number]}"
    if number < 30:
        return _TEENS[number - 10]
    tens = _TENS[number // 10 - 3]
    return f"{tens} y {_NAMES[number % 10]}" if number % 10 else tens


@given(_codes, st.sampled_from(["", " ", "-", ".", ", ", " - "]), _before, _after)
def test_reads_any_code_digit_by_digit(code: str, mark: str, before: str, after: str) -> None:
    assert read_codigo(f"{before}{mark.join(code)}{after}") == Read(code)


@given(_codes, st.sampled_from([" ", ", "]), _before, _after)
def test_reads_any_code_said_digit_by_digit(code: str, mark: str, before: str, after: str) -> None:
    assert read_codigo(f"{before}{mark.join(_NAMES[int(digit)] for digit in code)}{after}") == Read(code)


@given(_codes, _before, _after)
def test_reads_any_code_said_in_pairs(code: str, before: str, after: str) -> None:
    pairs = [code[0:2], code[2:4], code[4:6]]

    assert read_codigo(f"{before}{', '.join(map(_pair, pairs))}{after}") == Read(code)


@given(st.text(string.digits, min_size=1, max_size=15).filter(lambda digits: len(digits) != 6), _before)
def test_never_takes_a_number_of_another_length(digits: str, before: str) -> None:
    assert read_codigo(f"{before}{digits}") == Unclear("codigo_invalido")


@given(st.text() | st.text(string.digits + " ,.-@yuno🙏"))
def test_gives_six_ascii_digits_or_none_whatever_is_written(text: str) -> None:
    result = read_codigo(text)

    assert isinstance(result, Unclear) or re.fullmatch(r"[0-9]{6}", result.value)
