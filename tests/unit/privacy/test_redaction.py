from __future__ import annotations

import re
from datetime import date, time
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from privacy import hide_asked_code, redact, redact_value, user_key

EMAILS = [
    "ana.perez+citas@gmail.com",
    "ANA_P@empresa.com.mx",
    "josé.núñez@correo.es",
    "ana @ gmail . com",
    "ana.perez@gmail,com",
    "ana punto perez arroba gmail punto com",
    "Ana Punto Perez Arroba Gmail Punto Com",
    "luis guion bajo m arroba empresa punto com punto mx",
    "ana.perez arroba gmail.com",
    "ana(arroba)gmail.com",
    "ana[at]gmail.com",
    "ana at gmail dot com",
    "ana arroba hotmail",
]
PHONES = [
    "5512345678",
    "55 1234 5678",
    "(55) 1234-5678",
    "55-12-34-56-78",
    "55.1234.5678",
    "044 55 1234 5678",
    "5215512345678",
    "+52 1 55 1234 5678",
    "+525512345678",
    "+52 (55) 1234 5678",
    "0034 612 345 678",
    "+34 612 34 56 78",
    "612345678",
    "+1-500-555-0006",
    "cinco cinco uno dos tres cuatro cinco seis siete ocho",
]
CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111.1111.1111.1111",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "41 11111111 111111",
    "4111 1111-1111 1111",
    "4111  1111\n1111  1111",
    "5555555555554444",
    "2223 0031 2200 3222",
    "3782 822463 10005",
    "6011111111111117",
    "4222222222222",
]
CARD_DETAILS = [
    " 12/28 123",
    " 12/28",
    " 12-2028",
    " vence 12/28",
    ", vence el 12/28, cvv 123",
    " vencimiento: 12/2028 código de seguridad 1234",
    " exp 1/28 cvc:123",
    " cvv 123 vence 12 / 28",
    " 123",
    "|12|28|123",
    " 12/28/123",
    " 12 28 123",
    "\n12/28\n123",
    " con fecha de vencimiento 12/28 y código de seguridad es 123",
]
BESIDE_CARDS = [
    " el 24/11/2026 a las 15:00",
    " 24/11/2026",
    " 2026-11-24",
    " para la cita C-1042",
    " 500 pesos",
    " 1,500.00 MXN",
    " 500,000 pesos",
    " 12/11/2026",
    " $500",
    " y somos 3",
    " a las 15:30",
    " solicitud 12345",
]
CODES = [
    ("mi código es 482913", "482913"),
    ("código de verificación: 4829", "4829"),
    ("el código que llegó", None),
    ("Tu código de seguridad de WhatsApp es 482-913", "482-913"),
    ("482913 es tu código", "482913"),
    ("G-482913", "482913"),
    ("cvv 123", "123"),
    ("NIP: 9876", "9876"),
    ("482913", "482913"),
    ("482 913", "482 913"),
]
KEYS = [
    "sk-or-v1-0123456789abcdef0123456789abcdef",
    "AC0123456789abcdef0123456789abcdef",
    "sk_live_0123456789abcdef",
    "ghp_0123456789abcdefghij0123",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
]
SURVIVORS = [
    "Quiero agendar una cita para mañana a las 3pm",
    "cita C-1042 del 24/11/2026 a las 15:00",
    "cancela la c1042 y la 1043",
    "2026-11-24T15:00:00-06:00",
    "de 2026-11-24 a 2026-11-25",
    "24-11-2026 15:00",
    "24.11.2026 a 25.11.2026",
    "solicitud 12345",
    "solicitudes 55123 55124 55125",
    "código de cita 1042",
    "código de solicitud 12345",
    "código postal 06600",
    "$1,500.00 MXN",
    "1.500,50 euros",
    "12,345,678.90 pesos",
    "50.00 USD",
    "PAY-20261124001",
    "3 personas, 90 minutos, del 10 al 15",
    "Opciones: 1 carta natal, 2 tarot, 3 sinastría",
    "nos vemos arroba del café",
    "uno dos tres probando",
    "vence 12/28",
    "el 12/12 somos 123",
]


@pytest.mark.parametrize("email", EMAILS)
def test_hides_emails_typed_and_dictated(email: str) -> None:
    assert redact(f"mi correo es {email} gracias") == "mi correo es [email] gracias"


@pytest.mark.parametrize("phone", PHONES)
def test_hides_phones_national_and_international(phone: str) -> None:
    assert redact(f"márcame: {phone}, gracias") == "márcame: [teléfono], gracias"


@pytest.mark.parametrize("phone", ["whatsapp:+5215512345678", "cel5512345678", "mi tel es 5512 3456"])
def test_hides_phones_that_a_word_announces(phone: str) -> None:
    assert not re.search(r"\d", redact(phone))


@pytest.mark.parametrize("card", CARDS)
def test_hides_cards_in_any_grouping(card: str) -> None:
    assert redact(f"cobra a la {card} por favor") == "cobra a la [tarjeta] por favor"


@pytest.mark.parametrize("card", ["4111 1111 1111 1111", "4111111111111111", "3782 822463 10005", "[tarjeta]"])
@pytest.mark.parametrize("details", CARD_DETAILS)
def test_hides_expiry_and_security_code_with_their_card(card: str, details: str) -> None:
    assert redact(f"visa {card}{details}") == "visa [tarjeta]"
    assert redact(f"cobra a la {card}{details}, gracias") == "cobra a la [tarjeta], gracias"


@pytest.mark.parametrize("beside", BESIDE_CARDS)
def test_keeps_what_stands_beside_a_card(beside: str) -> None:
    assert redact(f"2 sesiones, 4111 1111 1111 1111{beside}") == f"2 sesiones, [tarjeta]{beside}"


@pytest.mark.parametrize(("text", "code"), CODES)
def test_hides_one_time_codes(text: str, code: str | None) -> None:
    if code is None:
        assert redact(text) == text
    else:
        assert "[código]" in redact(text)
        assert code not in redact(text)


@pytest.mark.parametrize("key", KEYS)
def test_hides_keys(key: str) -> None:
    assert redact(f"usa {key} hoy") == "usa [clave] hoy"


@pytest.mark.parametrize("text", ["token=abc123", "mi contraseña es hunter2", "Authorization: Bearer abcdefgh123"])
def test_hides_what_is_named_a_secret(text: str) -> None:
    assert redact(text).endswith("[clave]")


@pytest.mark.parametrize("text", SURVIVORS)
def test_leaves_dates_amounts_and_ids_readable(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("text", [*EMAILS, *PHONES, *CARDS, *KEYS, *SURVIVORS, *(text for text, _ in CODES)])
def test_leaves_what_is_redacted_unchanged(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_hides_names_that_are_known() -> None:
    assert redact("Hola ANA, Ana Pérez y anacrónico", ["Ana Pérez", "Ana"]) == "Hola [nombre], [nombre] y anacrónico"


def test_redacts_json_to_its_leaves() -> None:
    value = {"ana@gmail.com": [{"tel": 5512345678, "ms": 482913, "at": 1700000000.5}, ("4111111111111111", None)]}

    assert redact_value(value) == {
        "[email]": [{"tel": "[teléfono]", "ms": 482913, "at": 1700000000.5}, ["[tarjeta]", None]]
    }


def _luhn_digit(digits: str) -> str:
    doubled = (sum(divmod(2 * int(d), 10)) if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits)))
    return str(-sum(doubled) % 10)


@settings(deadline=None)
@given(
    body=st.from_regex(r"(?:4[0-9]{14}|5[1-5][0-9]{13}|3[47][0-9]{12}|62[0-9]{13})", fullmatch=True),
    separator=st.sampled_from(["", " ", "-", ".", " - ", "/"]),
    cuts=st.sets(st.integers(1, 14)),
)
def test_hides_every_card_however_it_is_grouped(body: str, separator: str, cuts: set[int]) -> None:
    number = re.sub(r"[^0-9]", "", body)
    number += _luhn_digit(number)
    edges = [0, *sorted(cuts), len(number)]
    written = separator.join(number[a:b] for a, b in pairwise(edges))

    assert redact(f"va: {written}.") == "va: [tarjeta]."


@settings(deadline=None)
@given(
    local=st.lists(st.from_regex(r"[a-zñ][a-z0-9ñ]{0,8}", fullmatch=True), min_size=1, max_size=4),
    domain=st.lists(st.from_regex(r"[a-z][a-z0-9]{1,8}", fullmatch=True), min_size=2, max_size=3),
)
def test_hides_every_email_typed_or_spoken(local: list[str], domain: list[str]) -> None:
    # The domain's own words must not be the ones it is dictated with.
    assume(not {"punto", "pto", "dot"} & {*local, *domain})
    typed = ".".join(local) + "@" + ".".join(domain)
    spoken = " punto ".join(local) + " arroba " + " punto ".join(domain)

    assert redact(typed) == redact(spoken) == "[email]"


@settings(deadline=None)
@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)), at=st.times(), other=st.dates(date(2020, 1, 1)))
def test_leaves_every_date_and_time_readable(day: date, at: time, other: date) -> None:
    assume(other.year < 2100)
    for written in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%y"):
        text = f"del {day.strftime(written)} a las {at:%H:%M} al {other.strftime(written)}"
        assert redact(text) == text


@settings(deadline=None)
@given(st.integers(10_000, 99_999), st.integers(1000, 9999), st.decimals(1, 999_999, places=2))
def test_leaves_every_id_and_amount_readable(request_id: int, appointment: int, amount: object) -> None:
    text = f"solicitud {request_id}, cita C-{appointment}, pago de {amount} USD o ${amount:,} MXN"

    assert redact(text) == text


@settings(deadline=None)
@given(st.text())
def test_takes_any_text(text: str) -> None:
    assert isinstance(redact(text), str)


def test_names_a_user_the_same_and_only_with_the_key() -> None:
    name = user_key("whatsapp:+5215512345678", "one key")

    assert re.fullmatch(r"user_[0-9a-f]{20}", name)
    assert user_key("whatsapp:+5215512345678", "one key") == name
    assert user_key("whatsapp:+5215512345678", "another key") != name
    assert user_key("whatsapp:+5215512345679", "one key") != name


def test_refuses_to_name_users_without_a_key() -> None:
    with pytest.raises(ValueError, match="empty"):
        user_key("whatsapp:+5215512345678", "")


@pytest.mark.parametrize(
    "answer",
    [
        "482913",
        "48 29 13",
        "4829-13 creo",
        "4 8 2 9 1 3",
        "4️⃣8️⃣2️⃣9️⃣1️⃣3️⃣",
        "４８２９１３",
        "cuatro ocho dos nueve uno tres",
        "dice cuatro, ocho, dos, nueve, uno, tres y ya",
        "cuarenta y ocho veintinueve trece",
        "484 29 13 y qué hago ahora?",
        "a ver: 482.913, me lo mandaron",
    ],
)
def test_of_an_answer_to_the_question_for_a_code_no_number_is_left(answer: str) -> None:
    hidden = hide_asked_code(answer)
    assert "[código]" in hidden
    assert not re.search(r"\d|\b(?:cuatro|ocho|dos|nueve|uno|tres|cuarenta|veintinueve|trece)\b", hidden)


@pytest.mark.parametrize("answer", ["no me llegó el código", "mejor olvídalo", "ya, gracias ✨", ""])
def test_the_words_beside_a_code_stay(answer: str) -> None:
    assert hide_asked_code(answer) == answer
