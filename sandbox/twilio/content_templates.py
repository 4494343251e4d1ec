"""Content API templates: the two quick replies that the sandbox's account has.

Their variables: {{1}} is the body, {{2}} and on are the buttons' titles.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.twilio.errors import TwilioError
from sandbox.twilio.records import Button

MAX_TITLE = 20
# WhatsApp takes an unapproved quick reply, sent within a session, with at most three buttons.
QUICK_REPLIES = {
    "HX00000000000000000000000000000002": 2,
    "HX00000000000000000000000000000003": 3,
}


@dataclass(frozen=True)
class RenderedContent:
    """What a template shows once its variables are filled in."""

    body: str
    buttons: list[Button]


def render(content_sid: str, variables: str) -> RenderedContent:
    """Fill the template in with variables, a JSON object of texts by number.

    Raises:
        TwilioError: 21655 for an unknown template, 21656 for variables that do not fit it.
    """
    count = QUICK_REPLIES.get(content_sid)
    if count is None:
        raise TwilioError(21655)
    texts = _texts(variables)
    needed = [str(number) for number in range(1, count + 2)]
    if any(not texts.get(number) for number in needed):
        raise TwilioError(21656)
    titles = [texts[number] for number in needed[1:]]
    if any(len(title) > MAX_TITLE for title in titles):
        raise TwilioError(21656)
    buttons = [Button(title, str(number)) for number, title in enumerate(titles, start=1)]
    return RenderedContent(texts["1"], buttons)


def _texts(variables: str) -> dict[str, str]:
    try:
        given = json.loads(variables or "{}")
    except ValueError as exc:
        raise TwilioError(21656) from exc
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise TwilioError(21656)
    return given
