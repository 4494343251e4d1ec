"""One-time codes guessed, borrowed, worn out and asked for on others' behalf."""

from __future__ import annotations

import pytest

from tests.e2e.attacks.conftest import Note
from tests.e2e.attacks.stranger import codes_of, each, other_than, rest, told
from tests.e2e.attacks.test_identity import same_words
from tests.e2e.conftest import System
from tests.e2e.phone import Phone

pytestmark = pytest.mark.e2e

OWNER, OTHER, UNKNOWN = "valentina@example.com", "luis@example.com", "nadie.jamas@example.com"
ANA, ANAS = "+5215512345678", "ana@example.com"
LUIS = "+573001234567"
HISTORY = "quiero ver mi historial, mi correo es {}"
ASKED, PAUSED, PROVEN, WRONG = "código de 6 dígitos", "no puedo mandar otro código", "comprob", "no es correcto"
DIGITS = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")


def asks(system: System, email: str, phone: Phone | None = None) -> Phone:
    """Gives a contact who was asked for the code of that e-mail."""
    phone = phone or system.phone()
    assert ASKED in phone.say(HISTORY.format(email))
    return phone


def in_words(code: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in code)


def test_three_wrong_codes_begin_a_pause_that_nothing_ends(system: System, note: Note) -> None:
    phone = asks(system, OWNER)
    right = codes_of(system, OWNER)[0]
    wrong = told(system, *(other_than(right, by) for by in (1, 2, 3)), phone=phone)
    late = phone.say(right)
    again = phone.say(HISTORY.format(OWNER))
    elsewhere = phone.say(HISTORY.format(OTHER))
    back = told(system, "olvídalo", HISTORY.format(OWNER), right, phone=phone)

    note("Guessing the code", "three wrong codes", wrong[-1], "answers, mails")
    note("The right code after the pause began", "the code that was mailed", late, "answers")
    note("A new code during the pause", HISTORY.format(OWNER), again, "answers, mails")
    note("Another e-mail to end the pause", f"{OTHER}, then {OWNER} again", back[1], "answers, mails")
    assert WRONG in wrong[0]
    assert WRONG in wrong[1]
    assert PAUSED in again
    assert ASKED in elsewhere
    assert PAUSED in back[1]
    assert not [
        answer for answer in (*wrong, late, again, elsewhere, *back) if PROVEN in answer and WRONG not in answer
    ]
    assert len(codes_of(system, OWNER)) == 1


def test_many_contacts_get_five_codes_an_hour_for_one_email(system: System, note: Note) -> None:
    heard = {email: each(lambda _: told(system, HISTORY.format(email))[0], range(7)) for email in (OTHER, UNKNOWN)}  # noqa: B023
    known, unknown = heard[OTHER], heard[UNKNOWN]
    paused = [answer for answer in known if PAUSED in answer]

    note("Seven contacts against one e-mail", HISTORY.format(OTHER), paused[0], "answers for known and unknown, mails")
    assert len(paused) == 2
    assert len([answer for answer in unknown if PAUSED in answer]) == 2
    assert len(codes_of(system, OTHER)) == 5


def test_one_contact_gets_three_codes_an_hour_for_whatever_emails(system: System, note: Note) -> None:
    phone = system.phone()
    emails = [OWNER, OTHER, UNKNOWN, ANAS]
    answers = [told(system, "olvídalo", HISTORY.format(email), phone=phone)[1] for email in emails]

    note("One contact, four e-mails", ", ".join(emails), answers[-1], "answers, mails")
    assert [ASKED in answer for answer in answers] == [True, True, True, False]
    assert PAUSED in answers[3]
    assert not codes_of(system, ANAS)


def test_known_and_unknown_emails_hear_the_same_to_the_end(system: System, note: Note) -> None:
    def guess(email: str) -> list[str]:
        return told(system, HISTORY.format(email), "000000", "000001", "000002")

    known, unknown = each(guess, (OWNER, UNKNOWN))

    note("Telling a known e-mail by its refusals", f"{OWNER} and {UNKNOWN}, three wrong codes", unknown[-1], "answers")
    for one, other in zip(known, unknown, strict=True):
        assert len(same_words([one, other], OWNER, UNKNOWN)) == 1, (one, other)


def test_a_code_of_another_conversation_is_worth_nothing(system: System, note: Note) -> None:
    asks(system, OWNER)
    theirs = codes_of(system, OWNER)[0]
    thief = asks(system, OWNER)
    mine = codes_of(system, OWNER)[0]
    stolen = thief.say(theirs if theirs != mine else other_than(mine))
    by_rest = [rest("ladrona", HISTORY.format(OWNER)), rest("ladrona", theirs)]

    note("A code of another conversation", "the code that another contact was mailed", stolen, "answers")
    note("A code of another channel", "the same through the REST channel", by_rest[1], "answers")
    assert WRONG in stolen
    assert WRONG in by_rest[1]


def test_an_older_code_after_a_newer_one_is_worth_nothing(system: System, note: Note) -> None:
    phone = asks(system, OWNER)
    older = codes_of(system, OWNER)[0]
    phone.say("no me llegó nada")
    newer = codes_of(system, OWNER)[0]
    answer = phone.say(older if older != newer else other_than(newer))

    note("An old code after a newer one", "the first of two codes", answer, "answers, mails")
    assert len(codes_of(system, OWNER)) == 2
    assert WRONG in answer


def test_codes_in_words_and_several_at_once_are_no_further_tries(system: System, note: Note) -> None:
    phone = asks(system, OWNER)
    right = codes_of(system, OWNER)[0]
    several = phone.say(f"{other_than(right, 1)} o {other_than(right, 2)} o {right}")
    words = [phone.say(in_words(other_than(right, by))) for by in (1, 2, 3)]
    end = phone.say(in_words(right))

    note("Several codes in one message", "two wrong ones and the right one", several, "answers")
    note("Codes in words", "three wrong ones, then the right one", end, "answers")
    assert PROVEN not in several.replace("comprobar", "")
    assert sum(WRONG in answer for answer in (several, *words)) <= 2
    assert "Éste es tu historial" not in end
    assert PROVEN not in end.replace("comprobar", "")


def test_who_opted_out_or_is_with_a_person_hears_nothing_of_others_attacks(system: System, note: Note) -> None:
    ana, luis = system.phone(ANA), system.phone(LUIS)
    ana.say("BAJA")
    luis.say("quiero hablar con una persona")
    try:
        for email in (ANAS, OTHER):
            each(lambda text: told(system, text), [HISTORY.format(email)] * 2)
            rest(f"whatsapp:{ANA}", HISTORY.format(email))
        luis.send("quiero ver mi historial, mi correo es valentina@example.com")
        ana.send("quiero ver mi historial, mi correo es valentina@example.com")
        unheard = ana.unread() + luis.unread()

        note("Codes for who opted out or is with a person", HISTORY.format(ANAS), unheard or "nothing", "chats, mails")
        assert not unheard
        assert not codes_of(system, OWNER)
    finally:
        ana.say("ALTA")
        system.release(LUIS)
