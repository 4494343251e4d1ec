import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import MalformedForm
from connectors.whatsapp.inbound import Choice, Kind, Location, Media, read_message
from connectors.whatsapp.texts import load_texts

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
        ({**FORM, "Latitude": "19.4", "Longitude": "-99.1"}, Kind.LOCATION),
        ({**FORM, "Body": ""}, Kind.EMPTY),
        ({**FORM, "Body": "\x00 \x07"}, Kind.EMPTY),
        ({**FORM, "Body": "a" * 4097}, Kind.TOO_LONG),
        ({**FORM, "Body": "a" * 4096}, Kind.TEXT),
        ({**FORM, "Body": "😀"}, Kind.TEXT),
    ],
)
def test_knows_what_a_message_is(form: dict[str, str], kind: Kind) -> None:
    assert read_message(form).kind is kind


def test_reads_button_and_list_replies() -> None:
    button = read_message({**FORM, "Body": "No", "ButtonPayload": "2", "ButtonText": "No"})
    row = read_message({**FORM, "Body": "Tarot", "ListId": "3", "ListTitle": "Tarot"})
    assert (button.choice, row.choice) == (Choice("2", "No"), Choice("3", "Tarot"))


def test_keeps_the_address_and_type_of_files() -> None:
    assert read_message(media("Image/JPEG")).media == (Media("https://x/1", "image/jpeg"),)


@pytest.mark.parametrize("count", ["", "x", "-1", "٣", "99999999"])
def test_a_nonsensical_number_of_files_is_none(count: str) -> None:
    assert read_message({**FORM, "NumMedia": count}).media == ()


@pytest.mark.parametrize("latitude", ["x", "nan", "inf", "91"])
def test_a_place_off_the_earth_is_none(latitude: str) -> None:
    assert read_message({**FORM, "Latitude": latitude, "Longitude": "0"}).location is None


def test_metadata_hold_what_the_assistant_may_know() -> None:
    message = read_message({**FORM, "Latitude": "19.4", "Longitude": "-99.1", "Label": "Casa"})
    assert message.location == Location(19.4, -99.1, "Casa")
    assert message.metadata == {
        "message_sid": FORM["MessageSid"],
        "profile_name": None,
        "media": [],
        "location": {"latitude": 19.4, "longitude": -99.1},
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


def test_every_kind_that_is_not_text_has_an_answer() -> None:
    texts = load_texts()
    assert set(texts.unreadable) == set(Kind) - {Kind.TEXT}
    assert all(texts.unreadable.values())


def test_a_card_number_goes_no_further_than_the_door() -> None:
    message = read_message({**FORM, "Body": "págalo con 4111 1111 1111 1111, porfa"})
    assert message.text == "págalo con [tarjeta], porfa"
