"""Showing who one is: a one-time code, sent to the e-mail on file, typed into the chat.

The business system alone decides whether it is needed and whether it is right. What is kept here is its token, in a
slot that only this module fills, and that ends with the conversation. Whether an e-mail is on file is never told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions.dialogue.state import PENDING, FormState
from actions.dialogue.turn import CODE, PROVEN, Turn
from actions.errors import ApiError, NotFound, Refused, ServiceUnavailable
from actions.values import Read, Unclear, format_hora, read_codigo, read_email
from actions.values.result import NOTHING_SAID
from actions.values.spelling import spell

_PAUSED = "verification_paused"
# A mistyped code stands nearly alone.
_MOST_WORDS = 6
_RESEND = re.compile(
    r"\b(?:reenvi\w*|no (?:me )?(?:ha )?(?:lleg\w+|recib\w+|aparec\w+|vino)|(?:otro|nuevo) codigo"
    r"|codigo (?:otra vez|de nuevo)"
    r"|(?:manda|envia|vuelve a (?:mandar|enviar))\w* (?:otro|otra vez|de nuevo|el codigo)|caduc\w+|expir\w+|vencio)\b"
)


async def begin(turn: Turn, state: FormState) -> None:
    """Has a code sent and asks for it; in the same words whether or not anybody has that e-mail."""
    email = state.get("email")
    state.forget(PROVEN, PENDING)
    if not email:
        state.ask("email")
        return
    try:
        started = await turn.api(email).start_verification(f"{turn.message_id}:codigo")
    except Refused as error:
        if error.code != _PAUSED:
            raise
        turn.error = error
        _say_pause(turn, error)
        state.leave()
        return
    state.set(PENDING, {"id": started.id, "email": email})
    turn.say("utter_codigo_enviado", email=email)
    state.ask(CODE)


def is_awaited(state: FormState) -> bool:
    """Whether a code was sent to the very e-mail that the form knows."""
    pending: Mapping[str, Any] = state.get(PENDING) or {}
    return bool(pending) and pending.get("email") == state.get("email")


def concerns_code(turn: Turn) -> bool:
    """Whether a message is a code, or about one, rather than an e-mail, a correction or anything else."""
    if turn.is_payload or isinstance(read_email(turn.text), Read):
        return False
    code = read_codigo(turn.text)
    is_short = len(turn.text.split()) <= _MOST_WORDS
    return isinstance(code, Read) or (code != NOTHING_SAID and is_short) or bool(_RESEND.search(spell(turn.text)))


async def take(turn: Turn, state: FormState) -> bool:
    """Takes what the customer wrote when asked for the code; gives whether it proved who they are."""
    code = read_codigo(turn.text)
    if isinstance(code, Unclear):
        if code == NOTHING_SAID:
            await begin(turn, state)
        else:
            turn.say(f"utter_problema_{code.reason}")
            state.ask(CODE)
        return False
    return await _check(turn, state, code)


async def _check(turn: Turn, state: FormState, code: Read[str]) -> bool:
    pending: Mapping[str, Any] = state.get(PENDING)
    email = pending["email"]
    key = turn.key("verificar", pending["id"], code.value)
    try:
        proof = await turn.api(email).check_code(key, pending["id"], code.value)
    except ServiceUnavailable as error:
        turn.error = error
        turn.say("utter_codigo_sin_comprobar")
        state.ask(CODE)
        return False
    except (Refused, NotFound) as error:
        turn.error = error
        await _after_refusal(turn, state, error)
        return False
    state.forget(PENDING)
    turn.proof = {"email": email, "token": proof.token, "expires_at": proof.expires_at.isoformat()}
    state.set(PROVEN, turn.proof)
    turn.say("utter_identidad_comprobada")
    return True


async def _after_refusal(turn: Turn, state: FormState, error: ApiError) -> None:
    if isinstance(error, Refused) and error.code == _PAUSED:
        _say_pause(turn, error)
        state.leave()
    elif isinstance(error, Refused) and error.code == "code_wrong":
        left = error.refusal.tries_left or 0
        if left:
            turn.say("utter_codigo_incorrecto" if left > 1 else "utter_codigo_incorrecto_ultimo", intentos=left)
            state.ask(CODE)
        else:
            turn.say("utter_codigo_agotado")
            state.leave()
    else:
        turn.say("utter_codigo_caducado")
        await begin(turn, state)


def _say_pause(turn: Turn, error: Refused) -> None:
    until = error.refusal.retry_at
    if until:
        turn.say("utter_codigo_pausa", hora=format_hora(until.time()))
    else:
        turn.say("utter_codigo_pausa_sin_hora")
