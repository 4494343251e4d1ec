"""Content API templates: those that the sandbox's account has.

The quick replies and the list pickers have variables: {{1}} is the text, {{2}} and on are the titles. WhatsApp did not
approve them, so they are for answers only. The notice, without variables, and the reminder of an appointment, whose
variables are first name, day, time and number, are approved: they may be sent at any time.
Limits: https://www.twilio.com/docs/content/twilio-quick-reply, https://www.twilio.com/docs/content/twiliolist-picker
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from sandbox.twilio.errors import TwilioError
from sandbox.twilio.records import Button

MAX_BODY = 1_024
MAX_BUTTON_TITLE = 20
MAX_ROW_TITLE = 24
# An unapproved quick reply has at most three buttons, a list at most ten rows.
QUICK_REPLIES = {f"HX{count:032}": count for count in (2, 3)}
LIST_PICKERS = {f"HX{count:032}": count for count in range(4, 11)}
APPROVED = {
    "HX00000000000000000000000000000016": "Tenemos una respuesta para ti. Escríbenos para leerla.",
    "HX00000000000000000000000000000017": (
        "Hola, {{1}}. Te recordamos tu cita del {{2}} a las {{3}} ({{4}}). Si necesitas cambiarla o cancelarla, "
        "responde a este mensaje."
    ),
}


@dataclass(frozen=True)
class RenderedContent:
    """What a template shows once its variables are filled in.

    Attributes:
        body: The text.
        buttons: The quick replies below it.
        rows: The lines of the list that it opens.
        approved: Whether WhatsApp lets it begin a conversation.
    """

    body: str
    buttons: list[Button] = field(default_factory=list)
    rows: list[Button] = field(default_factory=list)
    approved: bool = False


def render(content_sid: str, variables: str) -> RenderedContent:
    """Fill the template in with variables, a JSON object of texts by number.

    Raises:
        TwilioError: 21655 for an unknown template, 21656 for variables that do not fit it.
    """
    texts = _texts(variables)
    if wording := APPROVED.get(content_sid):
        return RenderedContent(_filled_in(wording, texts), approved=True)
    if count := QUICK_REPLIES.get(content_sid):
        return RenderedContent(_body(texts), buttons=_choices(texts, count, MAX_BUTTON_TITLE))
    if count := LIST_PICKERS.get(content_sid):
        return RenderedContent(_body(texts), rows=_choices(texts, count, MAX_ROW_TITLE))
    raise TwilioError(21655)


def _filled_in(wording: str, texts: dict[str, str]) -> str:
    def text(place: re.Match[str]) -> str:
        # WhatsApp takes a template's variables on one line only.
        if not (value := texts.get(place[1], "")).strip() or re.search(r"[\n\t]| {4}", value):
            raise TwilioError(21656)
        return value

    return re.sub(r"\{\{(\d+)\}\}", text, wording)


def _body(texts: dict[str, str]) -> str:
    body = texts.get("1", "")
    if not 0 < len(body) <= MAX_BODY:
        raise TwilioError(21656)
    return body


def _choices(texts: dict[str, str], count: int, longest: int) -> list[Button]:
    titles = [texts.get(str(number), "") for number in range(2, count + 2)]
    if not all(0 < len(title) <= longest for title in titles):
        raise TwilioError(21656)
    return [Button(title, str(number)) for number, title in enumerate(titles, start=1)]


def _texts(variables: str) -> dict[str, str]:
    try:
        given = json.loads(variables or "{}")
    except ValueError as exc:
        raise TwilioError(21656) from exc
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise TwilioError(21656)
    return given
