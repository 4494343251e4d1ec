import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import MalformedForm
from connectors.whatsapp.inbound import (
    Choice,
    InboundMessage,
    Kind,
    Location,
    Media,
    message_from_json,
    message_to_json,
    read_message,
)

FORM = {"MessageSid": "SM" + "0" * 32, "From": "whatsapp:+5215512345678", "To": "whatsapp:+15005550006"}


def media(content_type: str, **fields: str) -> dict[str, str]:
    return {**FORM, "NumMedia": "1", "MediaUrl0": "https://x/1", "MediaContentType0": content_type, **fields}


def test_reads_a_text_with_everything_around_it() -> None:
    message = read_message({**FORM, "Body": " ¡Hola! ", "ProfileName": "Ana", "OriginalRepliedMessageSid": "SM7"})
    assert (message.text, message.profile_name, message.reply_to) == ("¡Hola!", "Ana", "SM7")
    assert message.kind is Kind.TEXT


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (media("image/jpeg"), Kind.IMAGE),
        (media("image/webp"), Kind.STICKER),
        (media("audio/ogg"), Kind.AUDIO),
        (media("video/mp4"), Kind.VIDEO),
        (media("application/pdf"), Kind.DOCUMENT),
        (media("text/vcard"), Kind.CONTACT),
        (media(""), Kind.DOCUMENT),
        (media("Text/VCard; charset=utf-8"), Kind.CONTACT),
        (media("audio/ogg; codecs=opus"), Kind.AUDIO),
        (media("application/octet-stream", MessageType="video"), Kind.VIDEO),
        (media("image/png", MessageType="sticker"), Kind.STICKER),
        ({**FORM, "MessageType": "contacts"}, Kind.CONTACT),
        ({**FORM, "Latitude": "19.4", "Longitude": "-99.1"}, Kind.LOCATION),
        ({**FORM, "Body": ""}, Kind.EMPTY),
        ({**FORM, "Body": "\x00 \x07"}, Kind.EMPTY),
        ({**FORM, "Body": "a" * 4097}, Kind.TOO_LONG),
        ({**FORM, "Body": "a" * 4096}, Kind.TEXT),
        ({**FORM, "Body": "😀"}, Kind.TEXT),
        ({**FORM, "Body": "👩‍👩‍👧‍👦🇲🇽"}, Kind.TEXT),
        ({**FORM, "Body": "\ud83d"}, Kind.EMPTY),
        ({**FORM, "Body": "Tarot", "ListId": "3", "ListTitle": "Tarot"}, Kind.TEXT),
    ],
)
def test_knows_what_a_message_is(form: dict[str, str], kind: Kind) -> None:
    assert read_message(form).kind is kind


def test_reads_button_and_list_replies() -> None:
    button = read_message({**FORM, "Body": "No", "ButtonPayload": "2", "ButtonText": "No"})
    row = read_message({**FORM, "Body": "Tarot", "ListId": "3", "ListTitle": "Tarot"})
    assert (button.choice, row.choice) == (Choice("2", "No"), Choice("3", "Tarot"))


@pytest.mark.parametrize("text", ["👩‍👩‍👧‍👦 🇲🇽 👍🏽", "مرحبا، أريد موعدًا", "שלום\u200f!", "¡¿Ñandú?!"])
def test_emoji_and_scripts_of_either_direction_arrive_whole(text: str) -> None:
    assert read_message({**FORM, "Body": text}).text == unicodedata.normalize("NFC", text)


def test_nul_bytes_and_lone_surrogates_are_left_out() -> None:
    message = read_message({**FORM, "Body": "ho\x00la \udc00", "ButtonPayload": "1\x00", "ButtonText": "\ud800Sí"})
    assert (message.text, message.choice) == ("hola", Choice("1", "Sí"))
    json.dumps(message_to_json(message), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ["\u202eanA\u202c", "\u2066An\u2069a", "\u200fAna\u061c", " Ana\n\t", "A\x00na"])
def test_a_profile_name_is_one_line_that_turns_no_text_around(name: str) -> None:
    assert read_message({**FORM, "ProfileName": name}).profile_name in {"Ana", "anA"}


@pytest.mark.parametrize("name", ["", "\u202e", "\n"])
def test_a_profile_name_of_nothing_is_none(name: str) -> None:
    assert read_message({**FORM, "ProfileName": name}).profile_name is None


def test_keeps_the_address_and_type_of_files() -> None:
    assert read_message(media("Image/JPEG")).media == (Media("https://x/1", "image/jpeg"),)


@pytest.mark.parametrize("count", ["", "x", "-1", "٣", "99999999"])
def test_a_nonsensical_number_of_files_is_none(count: str) -> None:
    assert read_message({**FORM, "NumMedia": count}).media == ()


@pytest.mark.parametrize("latitude", ["x", "nan", "inf", "91"])
def test_a_place_off_the_earth_is_none(latitude: str) -> None:
    assert read_message({**FORM, "Latitude": latitude, "Longitude": "0"}).location is None


def test_metadata_hold_what_the_assistant_may_know() -> None:
    quoting = {"OriginalRepliedMessageSid": "SM" + "7" * 32}
    message = read_message({**FORM, **quoting, "Latitude": "19.4", "Longitude": "-99.1", "Label": "Casa"})
    assert message.location == Location(19.4, -99.1, "Casa")
    assert message.metadata == {
        "message_sid": FORM["MessageSid"],
        "profile_name": None,
        "media": [],
        "location": {"latitude": 19.4, "longitude": -99.1},
        "reply_to": "SM" + "7" * 32,
    }


@pytest.mark.parametrize("fields", [{"MessageSid": ""}, {"MessageSid": "a b"}, {"From": "whatsapp:ana"}, {"From": ""}])
def test_refuses_a_form_that_nobody_on_whatsapp_sent(fields: dict[str, str]) -> None:
    with pytest.raises(MalformedForm):
        read_message({**FORM, **fields})


@given(st.dictionaries(st.sampled_from(["Body", "ProfileName", "NumMedia", "Latitude", "Longitude"]), st.text()))
def test_whatever_is_sent_comes_out_clean_and_bounded(fields: dict[str, str]) -> None:
    text = read_message({**FORM, **fields}).text
    assert len(text) <= 4096
    assert text == unicodedata.normalize("NFC", text)
    assert not [char for char in text if unicodedata.category(char) == "Cc" and char not in "\n\t"]


def test_a_card_number_goes_no_further_than_the_door() -> None:
    message = read_message({**FORM, "Body": "págalo con 4111 1111 1111 1111, porfa"})
    assert message.text == "págalo con [tarjeta], porfa"


maybe_text = st.none() | st.text()
degrees = st.floats(min_value=-90, max_value=90)
messages = st.builds(
    InboundMessage,
    sid=st.text(min_size=1),
    sender=st.text(min_size=1),
    recipient=st.text(),
    text=st.text(),
    too_long=st.booleans(),
    message_type=st.text(),
    profile_name=maybe_text,
    choice=st.none() | st.builds(Choice, st.text(), st.text()),
    media=st.lists(st.builds(Media, st.text(), st.text())).map(tuple),
    location=st.none() | st.builds(Location, degrees, degrees, maybe_text, maybe_text),
    reply_to=maybe_text,
)


@given(messages)
def test_a_message_comes_back_from_its_json_as_it_was(message: InboundMessage) -> None:
    assert message_from_json(json.loads(json.dumps(message_to_json(message)))) == message


def test_json_of_a_message_says_its_version_and_a_later_one_is_not_guessed_at() -> None:
    content = message_to_json(read_message({**FORM, "Body": "hola"}))
    assert content["version"] == 1
    with pytest.raises(ValueError, match="version 2"):
        message_from_json({**content, "version": 2})


def test_a_card_number_is_taken_out_of_all_that_a_person_wrote() -> None:
    card = "4556737586899855"
    form = {
        "MessageSid": "SM" + 32 * "0",
        "From": "whatsapp:+5215512345678",
        "Body": f"pago con {card}",
        "ProfileName": f"Juan {card}",
        "ButtonPayload": card,
        "ButtonText": f"tarjeta {card}",
        "Latitude": "19.4",
        "Longitude": "-99.1",
        "Label": card,
        "Address": f"calle {card}",
    }
    assert card not in str(message_to_json(read_message(form)))
