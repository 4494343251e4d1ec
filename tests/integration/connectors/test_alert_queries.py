"""What the databases tell is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from connectors.alerts.conditions import Condition
from connectors.alerts.queries import database_conditions
from connectors.database import open_engine
from connectors.whatsapp.tables import contacts, inbox, outbox
from privacy import user_key
from tests.integration.connectors.alert_world import settings_of
from tests.integration.connectors.log_rows import log, turn

ANA = "whatsapp:+5215512345678"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url, future=True)
    yield engine
    engine.dispose()


def ago(**length: float) -> datetime:
    return datetime.now(timezone.utc) - timedelta(**length)


def found(engine: Engine, **chosen: Any) -> dict[str, Condition]:
    with engine.connect() as connection:
        return dict(database_conditions(connection, settings_of("sqlite://", **chosen)).found)


def turns(engine: Engine, *errors: tuple[str, str] | None, first: int = 0, when: datetime | None = None) -> None:
    log(
        engine,
        *(
            turn(
                number,
                timestamp=when or ago(minutes=1),
                success=error is None,
                error_type=error and error[0],
                error_code=error and error[1],
            )
            for number, error in enumerate(errors, first)
        ),
    )


def message(engine: Engine, sid: str, status: str = "waiting", **values: Any) -> None:
    row = {"message_sid": sid, "contact": ANA, "content": {}, "source": "webhook", "received_at": ago(seconds=1)}
    with engine.begin() as connection:
        connection.execute(inbox.insert(), [{**row, "status": status, "attempts": 0, **values}])


def answer(engine: Engine, sid: str, status: str, code: int | None = None, **values: Any) -> None:
    row = {"turn_sid": sid, "number": 0, "contact": ANA, "content": {}, "status": status, "error_code": code}
    row |= {"attempts": 1, "created_at": ago(seconds=1), "status_at": ago(seconds=1), **values}
    with engine.begin() as connection:
        connection.execute(outbox.insert(), [row])


def test_where_nothing_happened_nothing_is_wrong(engine: Engine) -> None:
    assert found(engine) == {}


def test_too_many_failed_turns_are_told_with_their_types(engine: Engine) -> None:
    turns(engine, *[None] * 16, *[("api", "timeout")] * 3, ("rasa", "no_answer"))
    (condition,) = found(engine).values()

    assert condition.key == "error_rate"
    assert condition.facts == {"failed in 5 minutes": "4 of 20 turns", "by type": "api 3, rasa 1"}
    assert found(engine, alert_error_rate=0.21) == {}


def test_of_few_turns_no_share_is_taken(engine: Engine) -> None:
    turns(engine, *[("api", "timeout")] * 19)
    assert found(engine) == {}
    turns(engine, None, first=19)
    assert set(found(engine)) == {"error_rate"}


def test_what_failed_before_the_last_five_minutes_does_not_count(engine: Engine) -> None:
    turns(engine, *[("api", "timeout")] * 30, when=ago(minutes=6))
    turns(engine, *[None] * 20, first=30)

    assert found(engine) == {}


def test_what_customers_wrote_wrongly_is_no_error_of_the_system(engine: Engine) -> None:
    turns(engine, *[("validation", "fecha")] * 10, *[("rasa", "intent_not_recognised")] * 10)

    assert found(engine) == {}


def test_a_message_that_waits_too_long_is_told(engine: Engine) -> None:
    message(engine, "SM1", received_at=ago(seconds=50))
    message(engine, "SM2", status="answered", received_at=ago(hours=1))
    message(engine, "SM3", status="handed_over", received_at=ago(hours=1))
    assert found(engine) == {}

    assert set(found(engine, alert_backlog_seconds=40)) == {"inbox_backlog"}
    assert found(engine, alert_backlog_seconds=40)["inbox_backlog"].facts["messages"] == "1"


def test_an_answer_that_waits_too_long_is_told(engine: Engine) -> None:
    answer(engine, "SM1", "waiting", created_at=ago(seconds=50))
    answer(engine, "SM2", "delivered", created_at=ago(hours=1))
    assert found(engine) == {}

    assert set(found(engine, alert_backlog_seconds=40)) == {"outbox_backlog"}


def test_a_turn_that_failed_too_often_is_told(engine: Engine) -> None:
    message(engine, "SM1", status="failed", received_at=ago(days=1))

    assert found(engine)["failed_turns"].facts["messages"] == "1"


def test_what_nobody_retried_for_days_is_no_news(engine: Engine) -> None:
    message(engine, "SM1", status="failed", received_at=ago(days=9), finished_at=ago(days=4))

    assert found(engine) == {}


@pytest.mark.parametrize("code", [63007, 63112, None])
def test_a_share_of_answers_that_twilio_does_not_deliver_is_told_whatever_the_reason(
    engine: Engine, code: int | None
) -> None:
    for number in range(5):
        answer(engine, f"SM{number}", "failed", code)
    answer(engine, "SM9", "delivered", None)

    assert found(engine)["send_failures/others"].facts == {
        "answers in 5 minutes": "5",
        "Twilio's error": str(code or "none told"),
        "of": "6 answers",
    }


def test_some_answers_among_many_are_no_share(engine: Engine) -> None:
    for number in range(95):
        answer(engine, f"SM{number}", "delivered", None)
    for number in range(95, 100):
        answer(engine, f"SM{number}", "failed", 63007)

    assert found(engine) == {}


@pytest.mark.parametrize(
    ("code", "key"),
    [
        (63016, "send_failures/window"),
        (63018, "send_failures/whatsapp_rate"),
        (20429, "send_failures/twilio_rate"),
        (20003, "send_failures/credentials"),
        (20005, "send_failures/credentials"),
    ],
)
def test_answers_that_are_refused_for_good_are_told_by_their_reason(engine: Engine, code: int, key: str) -> None:
    answer(engine, "SM1", "failed", code)
    answer(engine, "SM2", "undelivered", code)
    answer(engine, "SM3", "failed", code, status_at=ago(minutes=6))

    assert set(found(engine)) == {key}
    assert found(engine)[key].facts == {"answers in 5 minutes": "2", "Twilio's error": str(code)}


def test_codes_of_one_reason_are_one_alert(engine: Engine) -> None:
    answer(engine, "SM1", "failed", 20006)
    answer(engine, "SM2", "failed", 20003)

    (condition,) = found(engine).values()
    assert condition.facts == {"answers in 5 minutes": "2", "Twilio's error": "20003, 20006"}


def test_what_is_the_customers_own_doing_is_not_told(engine: Engine) -> None:
    answer(engine, "SM1", "failed", 21610)
    answer(engine, "SM2", "undelivered", 63024)
    answer(engine, "SM3", "delivered", 63016)

    assert found(engine) == {}


def test_forgotten_customers_are_told_by_their_number_and_hashes_only(engine: Engine) -> None:
    addresses = [f"whatsapp:+52155000000{number}" for number in range(5)]
    rows = [{"address": one, "handed_over_at": ago(hours=20 - number)} for number, one in enumerate(addresses)]
    rows += [{"address": ANA, "handed_over_at": ago(hours=11)}]
    with engine.begin() as connection:
        connection.execute(contacts.insert(), rows)
    (condition,) = found(engine).values()

    hashes = ", ".join(user_key(address, "a-log-key") for address in addresses[:3])
    assert condition.key == "handed_over"
    assert condition.facts == {"customers": "5", "longest": "20 h", "the longest of them": hashes}
    assert "+52" not in str(condition)
    assert found(engine, alert_handed_over_hours=10)["handed_over"].facts["customers"] == "6"
