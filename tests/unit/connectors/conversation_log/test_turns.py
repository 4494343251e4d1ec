from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.conversation_log.turns import Turn, TurnAssembler
from tests.unit.connectors.conversation_log.rasa_events import action, bot, listen, session_start, user


def assemble(events: Iterable[dict[str, Any]]) -> list[Turn]:
    assembler = TurnAssembler()
    return [turn for event in events for turn in assembler.feed(event)]


def test_a_turn_reaches_from_the_message_to_the_next_listening() -> None:
    (turn,) = assemble([*session_start(), user("hola"), action("utter_saludo"), bot("¡Hola!"), listen(at=1_000.25)])

    assert turn.user["text"] == "hola"
    assert [event["event"] for event in turn.events] == ["action", "bot"]
    assert (turn.started, turn.ended) == (1_000.0, 1_000.25)


def test_keeps_interleaved_conversations_apart() -> None:
    turns = assemble(
        [
            user("uno", sender="a"),
            user("dos", sender="b"),
            bot("para a", sender="a"),
            bot("para b", sender="b"),
            listen(sender="b"),
            listen(sender="a"),
        ]
    )

    assert [(t.sender_id, t.user["text"], t.events[0]["text"]) for t in turns] == [
        ("b", "dos", "para b"),
        ("a", "uno", "para a"),
    ]


def test_what_happens_outside_a_turn_belongs_to_none() -> None:
    assert assemble([*session_start(), bot("recordatorio"), action("utter_aviso"), listen()]) == []


def test_steering_rasa_is_no_turn() -> None:
    assert assemble([user("/restart", "restart"), action("action_restart"), {"event": "restart"}, listen()]) == []
    assert assemble([user("/session_start", "session_start"), *session_start()]) == []


def test_a_message_that_rasa_never_finished_ends_with_the_next_one() -> None:
    turns = assemble([user("uno"), user("dos", at=1_005.0), bot("sí"), listen()])

    assert [(turn.user["text"], turn.ended is None) for turn in turns] == [("uno", True), ("dos", False)]


def test_an_abandoned_turn_is_given_out_when_others_go_on() -> None:
    assembler = TurnAssembler()
    assembler.feed(user("olvidada", sender="a", at=1_000.0))

    assert assembler.feed(user("pronto", sender="b", at=1_500.0)) == []
    assert [turn.sender_id for turn in assembler.feed(user("tarde", sender="c", at=1_700.0))] == ["a"]


def test_the_end_gives_out_open_turns_once() -> None:
    assembler = TurnAssembler()
    assembler.feed(user("última"))

    assert [turn.user["text"] for turn in assembler.drain()] == ["última"]
    assert assembler.drain() == []


def test_events_published_again_give_the_same_turn_again() -> None:
    events = [user("hola"), bot("¡Hola!"), listen()]

    first, second = assemble([*events, *events])

    assert first == second
