"""When no new code is sent."""

from collections.abc import Callable

import httpx
import pytest
import time_machine

from tests.integration.sandbox.internal_api.conftest import mailed_code, mails

Call = Callable[..., httpx.Response]
Person = dict[str, str]
Verify = Callable[[Person], Person]


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def in_conversation(person: Person, name: str) -> Person:
    return {**person, "X-Conversation-Id": name}


def test_three_wrong_tries_pause_new_codes_for_a_quarter_of_an_hour(
    api: httpx.Client, ask: Call, check: Call, valentina: Person, clock: time_machine.Traveller
) -> None:
    asked = ask(valentina)
    clock.move_to("2026-11-23T09:05:00-06:00")
    for _ in range(3):
        check(valentina, asked, another(mailed_code(api, valentina)))
    refused = ask(valentina)
    assert refusal(refused) == (429, "verification_paused")
    assert refused.json()["retry_at"] == "2026-11-23T09:20:00-06:00"
    assert refused.headers["Retry-After"] == "900"
    assert ask(in_conversation(valentina, "another")).status_code == 202
    assert ask({**valentina, "X-Customer-Email": "luis@example.com"}).status_code == 202
    clock.move_to("2026-11-23T09:19:59-06:00")
    assert ask(valentina).headers["Retry-After"] == "1"
    clock.move_to("2026-11-23T09:20:00-06:00")
    assert ask(valentina).status_code == 202


def test_wrong_tries_count_together_over_several_codes(
    api: httpx.Client, ask: Call, check: Call, valentina: Person
) -> None:
    for _ in range(2):
        asked = ask(valentina)
        for _ in range(2):
            check(valentina, asked, another(mailed_code(api, valentina)))
    assert refusal(ask(valentina)) == (429, "verification_paused")


def test_a_right_code_forgives_the_wrong_ones_before(
    api: httpx.Client, ask: Call, check: Call, verify: Verify, valentina: Person
) -> None:
    asked = ask(valentina)
    code = mailed_code(api, valentina)
    for tried in (another(code), another(code), code):
        check(valentina, asked, tried)
    check(valentina, ask(valentina), another(mailed_code(api, valentina)))
    assert ask(valentina).status_code == 202


def test_a_conversation_gets_three_codes_an_hour(ask: Call, valentina: Person, clock: time_machine.Traveller) -> None:
    for minute, email in enumerate(("ana", "luis", "nobody")):
        clock.move_to(f"2026-11-23T09:0{minute}:00-06:00")
        assert ask({**valentina, "X-Customer-Email": f"{email}@example.com"}).status_code == 202
    refused = ask(valentina)
    assert (refusal(refused), refused.json()["retry_at"]) == (
        (429, "verification_paused"),
        "2026-11-23T10:00:00-06:00",
    )
    assert refused.headers["Retry-After"] == str(58 * 60)
    clock.move_to("2026-11-23T10:00:00-06:00")
    assert ask(valentina).status_code == 202
    assert ask(valentina).json()["retry_at"] == "2026-11-23T10:01:00-06:00"


@pytest.mark.parametrize("email", ["valentina@example.com", "nobody@example.com", "Valentina@Example.com"])
def test_an_email_gets_five_codes_an_hour(
    api: httpx.Client, ask: Call, valentina: Person, clock: time_machine.Traveller, email: str
) -> None:
    for number in range(5):
        assert ask({"X-Customer-Email": email, "X-Conversation-Id": f"{number}"}).status_code == 202
    refused = ask({"X-Customer-Email": email.lower(), "X-Conversation-Id": "5"})
    assert refusal(refused) == (429, "verification_paused")
    assert refused.headers["Retry-After"] == "3600"
    clock.move_to("2026-11-23T10:00:00-06:00")
    assert ask({"X-Customer-Email": email, "X-Conversation-Id": "5"}).status_code == 202


def test_a_refused_wish_sends_no_mail_and_leaves_the_code_before(
    api: httpx.Client, ask: Call, check: Call, valentina: Person
) -> None:
    asked = [ask(valentina) for _ in range(3)]
    code, before = mailed_code(api, valentina), len(mails(api, valentina))
    assert ask(valentina).status_code == 429
    assert len(mails(api, valentina)) == before
    assert check(valentina, asked[-1], code).status_code == 200


def test_a_pause_given_again_asks_to_wait_for_what_is_left_of_it(
    ask: Call, valentina: Person, clock: time_machine.Traveller
) -> None:
    for _ in range(3):
        ask(valentina)
    first = ask(valentina, "SM1")
    clock.move_to("2026-11-23T09:59:00-06:00")
    again = ask(valentina, "SM1")
    assert (again.status_code, again.json()) == (429, first.json())
    assert (first.headers["Retry-After"], again.headers["Retry-After"]) == ("3600", "60")
