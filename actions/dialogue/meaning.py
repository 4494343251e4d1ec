"""What a message means to an open form: an answer, something else, a yes, a no, enough of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions.dialogue.state import CHANGE, CONFIRMATION, OPTIONS, RETRY
from actions.dialogue.turn import Turn
from actions.dialogue.wishes import ASKING
from actions.errors import ApiError
from actions.internal_api.models import KnownContact
from actions.values import Read, Unclear, read_confirmacion
from actions.values.confirmation import Purpose
from actions.values.result import NOTHING_SAID
from actions.values.spelling import spell

Found = Mapping[str, "Read[Any] | Unclear"]

ANSWERING = frozenset({"informar", "afirmar", "negar", "corregir", "nlu_fallback", ""})
LEAVING = frozenset({"olvidar", "hablar_con_persona"})
SMALL_TALK = frozenset({"saludo", "agradecer", "fuera_de_alcance", "enviar_adjunto"})
NUMBERED = ("cita_id", "solicitud_id")
PURPOSES: Mapping[str, Purpose] = {
    "agendar_cita": "agendar",
    "pagar_servicio": "pagar",
    "cancelar_cita": "cancelar",
    "reagendar_cita": "reagendar",
}
# "Cámbiala al viernes" is said of the appointment in hand, whether it is being booked or moved.
SAME_TIME = frozenset({"agendar_cita", "reagendar_cita"})
_ANOTHER = re.compile(r"\b(?:otra|una nueva|nueva) (?:cita|sesion|consulta|reserva|hora)\b|\botro turno\b")
_REPEAT = r"\b(?:repit|repet)\w*|\b(?:que|como) (?:me )?(?:dij\w+|preguntas\w*)"
_AGAIN = re.compile(rf"{_REPEAT}|\bno (?:te |le |les |lo |la )?(?:entend|comprend|escuch|oi)\w*")
_PAUSE = re.compile(
    r"\b(?:(?:da|de|den|regala|espera|espere|aguanta|aguarda|permite|permita)(?:me|s)? )?"
    r"un (?:segund|moment|minut|rat)\w*"
    r"|\b(?:deja|deje)me (?:que )?(?:ver|(?:lo |la )?(?:pens|pien|chec|revis|consult|pregunt|busc|confirm)\w*)"
    r"(?: (?:en )?(?:mi|la|el|con mi) \w+)?"
    r"|\b(?:espera|espere|aguanta|aguarda|pera)(?:me|te)?(?: tantito| poquito| un po\w+)?"
    r"|\b(?:lo |la )?(?:estoy|sigo) pensando(?:lo|la)?|\b(?:lo|la) (?:voy a pensar|pienso|platic\w+|habl\w+|consult\w+)"
    r"(?: con mi \w+)?"
    r"|\b(?:ahorita|ya|luego|ahora) (?:te|le|les) (?:digo|aviso|paso|confirmo)"
)
_BESIDE_A_PAUSE = """
    a ah ahi al amigo amiga aqui aun aviso ay bien bueno claro con de dale eh en es esperas favor gracias hola jaja le
    luego me mi mm mmm momento no ok okay oye pero perdon por porfa porque que rato si sip tantito te todavia uy
    ver y ya
"""
_IDLE = frozenset(_BESIDE_A_PAUSE.split())
_SOMEBODY = r"(?:(?:una?|otra|ninguna?) )?(?:personas?|humanos?|asesora?|agente|operadora?|alguien|nadie)"
# Narrow, for who wants a person must get one: "no, quiero una persona" and "una persona, no entiendes" turn none down.
_NO_PERSON = re.compile(
    rf"^(?:no,? )?(?:con )?{_SOMEBODY} no(?=$|[,.;!]| (?:gracias|solo|por favor|es necesario|hace falta)\b)"
    rf"|\bno (?:quiero|necesito|hace falta|es necesario|ocupo|pedi|dije)(?: que)? "
    rf"(?:(?:hablar|chatear) )?(?:con |a )?{_SOMEBODY}\b(?! (?:me|contest|respond|atiend))"
)
_OFFERS = {"utter_alternativas", "utter_sin_alternativas"}
_NONE_OF_THEM = re.compile(r"\bningun[ao]?\b|\bno (?:me )?(?:sirve|queda|convence|gusta|puedo|acomoda)\w*")
# How sure an intent must be before it takes the customer out of the form.
SURE = 0.9
# Problems that are told even where nothing marked the words: nobody says "30 de febrero" by the way.
UNMISTAKABLE = frozenset(
    {
        "fecha_inexistente",
        "fecha_pasada",
        "fecha_multiple",
        "fecha_contradictoria",
        "hora_inexistente",
        "hora_multiple",
        "monto_total",
        "monto_parcial",
        "email_invalido",
        "email_multiple",
        "email_dudoso",
    }
)


def interrupts(turn: Turn, own_intent: str, asked: str, found: Found) -> bool:
    """Whether a message is something else than an answer to what the form asked.

    Args:
        turn: the turn.
        own_intent: the form's intent.
        asked: what it asked for.
        found: what was read for its fields.
    """
    intent, sure = turn.intent, turn.confidence >= SURE
    if intent == "ayuda" and re.search(_REPEAT, spell(turn.text)):
        return False
    if intent in ANSWERING or intent == own_intent or gives_up(turn, own_intent):
        return False
    if intent in LEAVING:
        return not (intent == "hablar_con_persona" and declines_person(turn))
    if intent == "despedida":
        return sure
    if asked in (CONFIRMATION, RETRY, CHANGE) and isinstance(
        read_confirmacion(turn.text, PURPOSES.get(own_intent)), Read
    ):
        return False
    read = [name for name, result in found.items() if isinstance(result, Read)]
    if intent in ASKING | SMALL_TALK:
        return not read or (intent in ASKING and sure and "?" in turn.text)
    # Another wish: one that names its own appointment or request is meant even beside an answer.
    numbered = any(turn.spans(name) for name in NUMBERED if name != asked)
    if {intent, own_intent} == SAME_TIME and read and not numbered and not _ANOTHER.search(spell(turn.text)):
        return False
    # "Quiero una cita de tarot el martes, mi correo es…" tells the e-mail that was asked for, and a wish of its own.
    kinds = {str(e.get("entity")) for e in turn.tracker.latest_message.get("entities") or ()}
    is_more = bool(kinds - found.keys())
    return sure and (numbered or is_more or asked not in read) if read else sure or numbered


def gives_up(turn: Turn, own_intent: str) -> bool:
    """Whether a bare "cancela" leaves the form rather than asks for an appointment to be cancelled."""
    bare = len(turn.text.split()) <= 2 and not turn.tracker.latest_message.get("entities")
    return turn.intent == "cancelar_cita" != own_intent and bare and not turn.is_payload


def asks_again(turn: Turn, own_intent: str, found: Found) -> bool:
    """Whether the customer wants to hear the question once more, and says nothing else."""
    nothing_read = not any(isinstance(result, Read) for result in found.values())
    # "¿Probamos con otro día?", and then the form's own question: the yes is to the first.
    goes_on = bool(_OFFERS & turn.said_before.keys()) and yes_or_no(turn, own_intent) is True
    # Where one time was offered, the yes takes it.
    goes_on &= len(turn.slot(OPTIONS) or ()) != 1
    goes_on |= turn.intent == "hablar_con_persona" and declines_person(turn)
    return nothing_read and not turn.is_payload and (goes_on or bool(_AGAIN.search(spell(turn.text))))


def declines_offer(turn: Turn, own_intent: str, found: Found) -> bool:
    """Whether none of the times that were offered will do, and no other is said."""
    nothing_read = not any(isinstance(result, Read) for result in found.values())
    none_of_them = yes_or_no(turn, own_intent) is False or bool(_NONE_OF_THEM.search(spell(turn.text)))
    return nothing_read and not turn.is_payload and none_of_them


def declines_person(turn: Turn) -> bool:
    """Whether a person is named only to say that none is wanted: "persona no, solo quiero agendar"."""
    return not turn.is_payload and bool(_NO_PERSON.search(spell(turn.text)))


def remark_on(turn: Turn, own_intent: str, asked: str, found: Found) -> str | None:
    """Gives what is said of a message that answers nothing and wants nothing; None for any other."""
    if turn.is_late_tap and yes_or_no(turn, own_intent) is not None:
        return "utter_boton_anterior"
    return "utter_sin_prisa" if _pauses(turn, asked, found) else None


def _pauses(turn: Turn, asked: str, found: Found) -> bool:
    """Whether the customer asks for a moment, and says nothing else."""
    text = spell(turn.text)
    if turn.is_payload or isinstance(found.get(asked), Read) or not _PAUSE.search(text):
        return False
    return set(re.findall(r"\w+", _PAUSE.sub(" ", text))) <= _IDLE


def yes_or_no(turn: Turn, own_intent: str) -> bool | None:
    """Gives the answer to a question of the form; None when it is neither a yes nor a no.

    A doubtful yes is none: money and appointments hang on it.
    """
    result = read_confirmacion(turn.text, PURPOSES.get(own_intent))
    if isinstance(result, Read):
        return bool(result.value)
    if result != NOTHING_SAID or turn.confidence < SURE:
        return None
    return {"afirmar": True, "negar": False}.get(turn.intent)


async def contact_of(turn: Turn) -> KnownContact | None:
    """Gives the customer whose number this is, None where the business knows none or does not answer."""
    if not turn.contact_phone:
        return None
    try:
        return await turn.api().contact()
    except ApiError:
        # Knowing the contact spares a question; not knowing costs nothing.
        return None
