import pytest

from connectors.whatsapp.buttons import Button, Offer, chosen_payload, numbered, read_buttons
from connectors.whatsapp.inbound import Choice, InboundMessage

DAYS = Offer(tuple(Button(day, f"/{day}") for day in ("Lunes", "Martes", "Jueves", "Viernes")), "SM9")
TWELVE = Offer(tuple(Button(f"Paquete {number:02}", f"/{number}") for number in range(1, 13)))
OFFER = Offer((Button("Sí, reservar", "/afirmar"), Button("No", "/negar"), Button("Otro día", "/corregir")), "SM9")


def typed(text: str) -> InboundMessage:
    return InboundMessage("SM1", "whatsapp:+5215512345678", "", text)


def tapped(button_id: str, title: str, reply_to: str | None = None) -> InboundMessage:
    message = InboundMessage("SM1", "whatsapp:+5215512345678", "", title, reply_to=reply_to)
    return InboundMessage(**{**message.__dict__, "choice": Choice(button_id, title)})


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2",
            "2.",
            "2)",
            "#2",
            "opción 2",
            "Opcion 2",
            "la 2",
            "el número 2",
            "la opción 2",
            "2️⃣",
            "no",
            "NO!",
            "¿No?",
        ),
        *("opción dos", "La opción dos.", "número dos", "la segunda opción", "el segundo botón", "opción segunda"),
    ],
)
def test_a_number_or_a_title_takes_a_button(text: str) -> None:
    assert chosen_payload(OFFER, typed(text)) == "/negar"


@pytest.mark.parametrize("text", ["segunda", "La segunda", "el segundo", "¡segundo!", "la segunda opción", "la 2"])
def test_an_ordinal_alone_takes_a_choice(text: str) -> None:
    assert chosen_payload(DAYS, typed(text)) == "/Martes"


@pytest.mark.parametrize(
    "text", ["dos", "la una", "las dos", "el primero", "primero", "la segunda semana", "la última", "la quinta"]
)
def test_words_that_may_be_an_hour_a_day_or_a_number_are_left_to_the_form(text: str) -> None:
    assert chosen_payload(DAYS, typed(text)) is None


@pytest.mark.parametrize("text", ["la primera", "primera", "la segunda", "tercera"])
def test_an_ordinal_alone_is_no_yes(text: str) -> None:
    assert chosen_payload(OFFER, typed(text)) is None


@pytest.mark.parametrize(("text", "number"), [("10", 10), ("12", 12), ("opción diez", 10), ("paquete 07", 7)])
def test_numbers_count_beyond_what_a_list_can_show(text: str, number: int) -> None:
    assert chosen_payload(TWELVE, typed(text)) == f"/{number}"


def test_a_title_that_is_a_number_counts_before_the_place_of_another() -> None:
    sizes = Offer((Button("2", "/dos"), Button("1", "/uno")))
    assert chosen_payload(sizes, typed("2")) == "/dos"


@pytest.mark.parametrize("text", ["SI RESERVAR", "sí, reservar.", "  si   reservar "])
def test_titles_are_read_without_case_accents_and_punctuation(text: str) -> None:
    assert chosen_payload(OFFER, typed(text)) == "/afirmar"


@pytest.mark.parametrize("text", ["", "0", "4", "12", "2 personas", "no sé", "a las 2", "/negar", "2.5", "-"])
def test_anything_else_takes_none(text: str) -> None:
    assert chosen_payload(OFFER, typed(text)) is None


@pytest.mark.parametrize("text", ["1", "no", "/afirmar"])
def test_nothing_is_taken_where_nothing_was_offered(text: str) -> None:
    assert chosen_payload(Offer(), typed(text)) is None


def test_a_tap_takes_the_button_of_that_place_and_title() -> None:
    assert chosen_payload(OFFER, tapped("2", "No", "SM9")) == "/negar"
    assert chosen_payload(OFFER, tapped("2", "No")) == "/negar"


@pytest.mark.parametrize("choice", [("1", "No"), ("9", "No"), ("/negar", "No"), ("2", "")])
def test_a_tap_on_what_was_not_offered_takes_none(choice: tuple[str, str]) -> None:
    assert chosen_payload(OFFER, tapped(*choice)) is None


def test_a_tap_on_an_older_message_takes_none_though_its_button_looks_the_same() -> None:
    assert chosen_payload(OFFER, tapped("2", "No", "SM3")) is None


def test_buttons_read_as_numbered_lines() -> None:
    assert numbered("¿Reservo?", OFFER.buttons[:2]) == "¿Reservo?\n\n1. Sí, reservar\n2. No"


def test_buttons_without_title_are_left_out_and_without_payload_say_their_title() -> None:
    assert read_buttons([{"title": "Hola"}, {"payload": "/x"}]) == (Button("Hola", "Hola"),)


def test_a_title_is_one_line() -> None:
    assert read_buttons([{"title": " Carta\n natal ", "payload": "/x"}]) == (Button("Carta natal", "/x"),)
