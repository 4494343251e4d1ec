"""Yes or no, as Spanish speakers type it."""

from __future__ import annotations

import re
from typing import Literal

from actions.values.result import NOTHING_SAID, Read, Result, Unclear
from actions.values.spelling import WEEKDAYS, alone, spell

_YES_SIGNS = re.compile("[👍👌✅🙌✔☑🆗🤝💯]")
_NO_SIGNS = re.compile("[👎❌🚫⛔✖🙅]")
# Longest first: "claro que no" and "no hay problema" must win over the "claro" and "no" in them.
_PHRASES: tuple[tuple[str, bool | None], ...] = (
    ((
r"claro que no|por supuesto que no|desde luego que no|obvio (?:que )?no|creo que no"
r"|mejor no|ya no|todavia no|aun no|ahor(?:a|ita) no|hoy no|que va|ni al caso|ni ahi"
), False),
    ((
r"para nada|de ninguna (?:manera|forma)|ni (?:loc[oa]|modo|de broma|hablar)|en absoluto"
r"|nunca|jamas|tampoco"
), False),
    ((
r"no (?:gracias|quiero|acepto|confirmo|es correcto|esta bien|es asi|estoy seguro"
r"|estoy segura|por ahora|de momento)"
), False),
    ((
r"(?:esta|estan|es|eso es|eso esta) (?:mal|incorrect[oa]|equivocad[oa])|incorrect[oa]"
r"|falso|negativo"
), False),
    ((
r"no (?:hay|tengo) (?:ningun )?(?:problema|inconveniente)|no veo (?:problema"
r"|inconveniente)|como no|por que no"
), True),
    ((
r"(?:no (?:estoy segur[oa]|se)|nose|tal vez|quiza|quizas|a lo mejor|puede ser|depende"
r"|no lo se|dejame (?:pensar|ver)|lo pienso)"
), None),
    ((
r"(?:claro|por supuesto|desde luego|obvio|obviamente)(?: que si)?|claro que (?:si|quiero)"
r"|creo que si|yo creo que si"
), True),
    ((
r"(?:esta|estan|es|eso es|asi es|todo|eso esta|me parece|va|todo esta|muy|se ve) (?:bien"
r"|perfecto|excelente|genial|correct[oa])"
), True),
    ((
r"(?:asi es|eso es|asi esta|asi mero|eso mero|eso|asi mismo|exacto|exactamente"
r"|efectivamente|afirmativo|en efecto)"
), True),
    ((
r"(?:confirmo|confirmad[oa]|confirmar|confirma|acepto|de acuerdo|deacuerdo|adelante"
r"|procede|proceda|hazlo|hagale|hagamoslo)"
), True),
    ((
r"(?:dale|vale|sale|va|vaa|vas|venga|listo|lista|jalo|simon|sip|sipi|sep|see|yes|yep|yeah"
r"|oki|okey|okay|okis|ok|oka|okk|ocupo)"
), True),
    ((
r"(?:correct[oa]|perfect[oa]|excelente|genial|de una|buenisimo|bueno|bien|super|me sirve"
r"|me queda|ya po|ya pe|orale|joya|de lujo|fenomenal|barbaro|bacan|fino|arre|simona)"
), True),
    (r"(?:nel|nop|nope|nah|nanai|naranjas|nones|na|noo|nopi|no+)", False),
    (r"(?:si+|s|seh|sii|ci|claro|dale si)", True),
)  # fmt: skip
_PATTERNS = [(re.compile(rf"(?<![\wñ])(?:{forms})(?![\wñ])"), value) for forms, value in _PHRASES]
_POLITE = re.compile(
    r"\b(?:por favor|gracias|muchas|mil|muy amable|hola|pues|ay|oye|bueno|jaja\w*|senorita"
    r"|señorita|amig[oa]|amor|porfi|porfa|mi|reina|todo|tod[oa]s"
    r"|que|lo|la|le|el|ya|entonces|esta|asi|hazme|favor|1000)\b"
)
_BUT = re.compile(
    r"\b(?:pero|aunque|excepto|solo que|menos|cambia\w*|corrig\w*|sino|mejor(?! no\b)|quisiera"
    r"|en vez|(?<!si )(?<!confirmo )quiero(?! (?:confirmar|agendar|reservar|pagar|cancelar"
    r"|continuar))|prefiero)\b"
)
Purpose = Literal["agendar", "pagar", "cancelar", "reagendar"]
_IT = r"(?:la|lo|me(?:la|lo)?|se(?:la|lo)|nos)?"
_VERBS: dict[Purpose, re.Pattern[str]] = {
    "agendar": re.compile(rf"\b(?:agend|reserv|apart|anot|registr)(?:a|e|alo|ala|ela|elo|ar|en){_IT}\b"),
    "pagar": re.compile(rf"\b(?:pag|pagu|cobr)(?:a|e|ar|en|o){_IT}\b"),
    "cancelar": re.compile(rf"\b(?:cancel|anul)(?:a|e|ar|en|o){_IT}\b"),
    "reagendar": re.compile(
        rf"\b(?:reagend|reprogram|cambi|muev|mov|pas|corr|recorr)(?:a|e|ar|er|en){_IT}\b"
        r"|\b(?:haz|hagan?|hace)(?:me|le|lo)? (?:el |ese )?cambio\b|\bcon el cambio\b"
    ),
}
_NO_ITSELF = re.compile(r"\bno\b")
# "sí… digo no": what was said first is taken back.
_TAKEN_BACK = re.compile(r"^.*\b(?:digo|perdon|mejor dicho|espera),? (?:que )?no\b")
# A yes that names a day or a number may be agreeing or proposing another one.
_NEW_VALUE = re.compile(rf"\d|\b(?:{'|'.join(WEEKDAYS)}|mañana|hoy)\b")


def read_confirmacion(text: str, about: Purpose | None = None) -> Result[bool]:
    """Read whether the answer to a question is yes.

    A no with a counter-offer ("no, mejor a las 4") is a no; a yes with one, or that names
    a day or number of its own, is not a yes to what was asked.

    Args:
        text: what the customer wrote.
        about: what the question was about to do: its verb ("agéndala") is a yes, that of cancelling
            something else a no.

    Returns:
        The answer, or Unclear: `confirmacion_dudosa` (both, neither, or with a condition), `sin_valor`.
    """
    spelled = _TAKEN_BACK.sub("no", spell(text))
    if about and not _NO_ITSELF.search(spelled):
        if _VERBS[about].search(spelled):
            spelled = _VERBS[about].sub("si", spelled)
        elif _VERBS["cancelar"].search(spelled):
            spelled = _VERBS["cancelar"].sub("no", spelled)
    if alone(spelled) == "ya":
        return Read(True)
    rest = spelled
    said: list[tuple[int, bool | None]] = []
    for pattern, value in _PATTERNS:
        for match in pattern.finditer(rest):
            said.append((match.start(), value))
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    said += [(-1, True)] * bool(_YES_SIGNS.search(text)) + [(-1, False)] * bool(_NO_SIGNS.search(text))
    if not said:
        return NOTHING_SAID
    leftover = re.sub(r"[^a-zñ\d]+", " ", _POLITE.sub(" ", rest)).split()
    return _judged([value for _, value in sorted(said, key=lambda item: item[0])], leftover, spelled)


def _judged(values: list[bool | None], leftover: list[str], spelled: str) -> Result[bool]:
    unsure = Unclear("confirmacion_dudosa")
    if None in values:
        return unsure
    if values[0] is False:
        # "no, está bien así" declines an offer or corrects a doubt: only the person knows.
        return unsure if True in values and not leftover else Read(False)
    if False in values or _BUT.search(spelled) or _NEW_VALUE.search(spelled) or spelled.endswith("?"):
        return unsure
    # A "sí" in front, or little else said: otherwise "va" or "bien" is a word of some other sentence.
    leads = re.match(r"\W*(?:si|claro|ok|dale|correcto|perfecto|vale|va|listo|confirmo|de acuerdo)\b", spelled)
    if len(leftover) > (4 if leads else 1):
        return NOTHING_SAID
    return Read(True)
