"""A person's name and the size of a group read from phrases."""

from __future__ import annotations

import re

from actions.values.corrections import Mention, led, settle
from actions.values.result import NOTHING_SAID, Read, Result, Unclear
from actions.values.spelling import MONTHS, WEEKDAYS, alone, spell

LONGEST_NAME = 80
LARGEST_GROUP = 100

_LETTER = r"[A-Za-zÁÉÍÓÚÀÈÌÒÙÂÊÔÃÕÄËÏÖÜÑÇáéíóúàèìòùâêôãõäëïöüñç]"
_NAME_WORD = rf"{_LETTER}+(?:['’.-]{_LETTER}+)*\.?"
_NAME = re.compile(rf"{_NAME_WORD}(?: {_NAME_WORD}){{0,6}}")
_INTRODUCED = re.compile(
    # "Mi nombre" alone introduces one only at the start: "quiero cambiar mi nombre porfa" names nobody.
    r"(?:me llamo|me dicen|(?:^|\b(?:solo|mejor|pero) )(?:dime|decime|llamame|ll[aá]menme|d[ií]ganme)"
    r"|mi nombre(?: completo)?(?: en (?:mi|el|su|tu) [a-záéíóú]+)?(?: correcto)?(?: ahora)?"
    r"(?: de .{1,60}?)?(?:,? (?:es|ser[ií]a|sea|a|por)|(?=:))"
    r"|^(?:mi )?nombre(?: completo)?|ahora (?:soy|me llamo)"
    r"|(?<!mi )(?:a )?nombre de|ponme(?: como)?|ponle|(?:me )?c[aá]mbia(?:lo|me|r)?(?: el"
    r"| mi)?(?: nombre)?(?: a| por)"
    r"|(?<!no )\bsoy(?: (?:el|la|don|doña))?|^es(?= [A-ZÁÉÍÓÚÑ])"
    r"|nombre:|ll[aá]m[ae]me|(?:es|sería) a nombre de|habla|le habla"
    r"|saluda)[:,]?\s+(?P<name>.+)",
    re.IGNORECASE,
)
_BEFORE_NAME = re.compile(
    r"^(?:(?:hola|s[ií]|claro)[,!. ]+(?:soy |es )?)?(?:(?:a|por|con) (?!nombre\b))?", re.IGNORECASE
)
_TITLE = re.compile(r"^(?:dra?|sra?|srta|lic|ing|prof|don|doña)\.?\s+", re.IGNORECASE)
_PARTICLES = {"de", "del", "la", "las", "los", "y", "e", "da", "das", "do", "dos", "di", "van", "von", "der", "san"}
# Words after which a name has ended, and words that no name alone consists of.
_AFTER_NAME = re.compile(
    r"\s*(?:[,;!?\n(]|\.\s|\s(?:y (?:mi|quiero|quisiera|tengo|me|soy|necesito|nac\w+)|quiero|quisiera"
    r"|necesito|pero|gracias"
    r"|por favor|porfa|po|pe|pues|wey|che|(?:con|mi|y(?: el| tambi[eé]n mi)?) (?:e-?mail|correo|mail|tel(?:[eé]fono)?"
    r"|cel(?:ular)?|n[uú]mero|whats(?:app)?)|para|no|desde|tengo|en vez|ahora)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
_NO_NAME_HAS = """
    si no ok okay vale claro hola buenas buenos gracias bien mal nada quiero quisiera puedo puede
    necesito tengo tienes tienen hay cita citas agendar cancelar pagar pago precio precios horario
    horarios consulta consultar sesion tarot carta cartas astral natal revolucion solar sinastria pareja
    grupo individual paquete paquetes efectivo tarjeta transferencia paypal hoy ayer tarde noche semana
    mes dia hora horas que como cuando donde cual cuanto cuanta porque quien ayuda adios chao dale va
    sale listo perfecto correcto ninguno ninguna cualquiera todo el una uno un por favor olvidalo menu
    humano persona asesor agente yo tu usted ella ellos nosotros esta este eso esto ya luego despues
    antes aqui ahi soy es son somos estoy estamos tambien pero mejor perdon correo mail telefono email
    arroba cambiar cambia nombre fecha nacimiento historial perfil solicitud estado pues bueno sabes
    saber nuevo nueva cliente clienta interesado interesada aries tauro geminis cancer leo virgo libra
    escorpio sagitario capricornio acuario piscis mayor menor mexicano mexicana prefiero decirlo decir
    anonimo mi su importa dire digo quien
"""
_NOT_NAMES = frozenset(_NO_NAME_HAS.split())
_CALENDAR_WORDS = {*WEEKDAYS, *MONTHS, "mañana"} - {"julio", "abril"}
_PICTURES = re.compile(r"[^\w\s.,;:!?()'’\"“”*@/#+\[\]-]+")
_LAUGHTER = re.compile(r"(?:j[aeiou]+){2,}j?|(?:ha|je|ji){2,}|l+o+l+|x+d+", re.IGNORECASE)
# Zodiac signs that are also given names count as such when more of a name follows.
_NAMES_TOO = frozenset({"leo", "domingo", "libra", "virgo", "soledad", "dia", "mercedes"})


def read_nombre(text: str, *, bare: bool = True) -> Result[str]:
    """Read a person's name, at most 80 characters, with capitals where it was typed without any.

    Args:
        text: what the customer wrote.
        bare: whether a name without an introduction ("Ana Ruiz") counts, as in the answer to "¿tu nombre?".

    Returns:
        The name, or Unclear: `nombre_invalido` (introduced, yet no name), `sin_valor`.
    """
    flat = " ".join(text.split())
    introduced = _INTRODUCED.search(flat)
    if introduced is None and not bare:
        return NOTHING_SAID
    said = introduced["name"] if introduced else _BEFORE_NAME.sub("", flat)
    while again := _INTRODUCED.search(said):
        said = again["name"]
    said = _TITLE.sub("", said)
    name = _AFTER_NAME.sub("", _PICTURES.sub("", said)).strip(" .:-\"'“”*!").replace("’", "'")
    if not _plausible(name):
        return Unclear("nombre_invalido") if introduced else NOTHING_SAID
    return Read(_capitals(name))


def _plausible(name: str) -> bool:
    words = [spell(word) or word for word in name.split()]
    if not 2 <= len(name) <= LONGEST_NAME or not _NAME.fullmatch(name):
        return False
    if (
        _LAUGHTER.fullmatch(name)
        or re.search(r"(.)\1{3,}", name.lower())
        or not re.search(r"[aeiouyáéíóúü]", name.lower())
    ):
        return False
    if len(words) > 1 and words[0] in _NAMES_TOO:
        words = words[1:]
    return (
        not any(word in _NOT_NAMES or word in _CALENDAR_WORDS for word in words)
        and not {words[0], words[-1]} & _PARTICLES
    )


def _capitals(name: str) -> str:
    if not (name.islower() or name.isupper()):
        return name
    words = name.lower().split()
    return " ".join(
        word if index and word in _PARTICLES else re.sub(r"(?:^|(?<=['-]))\w", lambda m: m.group().upper(), word)
        for index, word in enumerate(words)
    )


_PERSON = (
    r"(?:personas?|pers|adultos?|gente|integrantes|participantes|amig[oa]s?|asistentes|lugares"
    r"|seremos|invitad[oa]s)"
)
_GROUP = re.compile(
    rf"\b(?:somos|seremos|seriamos|vamos|iremos|vendremos|estaremos|quedamos|quedariamos)(?: en)? (?:como "
    rf"|un grupo de |solo )?(?P<a>\d{{1,4}}|una)\b"
    rf"|\b(?:(?:para|grupo de|de a|entre) )(?P<b>\d{{1,4}})(?! ?(?:de|am|pm|horas?|hrs|dias?"
    rf"|minutos|pesos|dolares|/|:|-)|\d)\b"
    rf"|(?<![\w$-])(?P<c>\d{{1,4}}|una|un) {_PERSON}\b"
)
_WITH_ME = re.compile(
    rf"\b(?:yo (?:y|con|mas)|voy con|vamos yo y|conmigo y) (?P<a>\d{{1,3}})(?: {_PERSON}| mas)?\b"
    rf"|\b(?P<b>\d{{1,3}}|una?)(?: {_PERSON})? (?:y|mas) yo\b"
)
_ONE = re.compile(
    r"\b(?:(?:yo |voy |vengo |ire |seria |solo |sola )+(?:solit[oa]|sol[oa]|yo)|(?:solo|sola"
    r"|solamente|nomas|unicamente|nada mas)"
    r" (?:yo|para mi|una|un|uno)|para mi(?: sol[oa])?$|yo nomas|individual|solit[oa]"
    r"|voy sol[oa]|yo sol[oa])\b|^(?:solo|sola|yo|una|uno|un)$"
)
_RELATIVE = (
    r"(?:pareja|novi[oa]|espos[oa]|marido|mujer|herman[oa]|mama|papa|madre|padre|hij[oa]"
    r"|amig[oa]|prim[oa]|prometid[oa]"
    r"|tia|tio|abuel[oa]|suegr[oa]|vecin[oa])"
)
_COMPANION = re.compile(rf"\bmi {_RELATIVE}\b")
_ME_TOO = re.compile(r"\b(?:y yo|yo y|yo con|conmigo|y para mi|para mi y|(?:voy|vengo|ire|iria) con|con mi)\b")
_UNCOUNTED = re.compile(r"\bmis\b|\d|\b(?:nadie|sin)\b")
_TWO = re.compile(
    r"\b(?:[nv]?os dos|l[oa]s (?:2|dos)|amb[oa]s|nosotr[oa]s (?:2|dos)|en pareja|un par|(?:el"
    r"|ella) y yo|yo y (?:el|ella)"
    r"|otra persona y yo|yo y otra persona)\b"
)
_DOZENS = (
    (re.compile(r"\b(?:una )?media docena\b"), 6),
    (re.compile(r"\b(?:una )?docena\b"), 12),
    (re.compile(r"\bmis (?:papas|padres|abuelos|suegros|viejos) y yo\b"), 3),
    (re.compile(r"\by?o?,? ?con mis (?:papas|padres|abuelos|suegros|viejos)$"), 3),
)
_THE_N = re.compile(r"^(?:para )?(?:los|nosotr[oa]s) (\d{1,2})(?: po| pe| pues| juntos)?$")
_NOT_A_SIZE = re.compile(r"\b(?:las?|el) \d")


def read_tamaño_grupo(text: str, *, bare: bool = True) -> Result[int]:
    """Read how many people come, the writer counted in.

    Args:
        text: what the customer wrote.
        bare: whether a number alone counts, as in the answer to "¿cuántos son?".

    Returns:
        The number, or Unclear: `grupo_invalido` (none, or more than 100), `grupo_multiple`, `sin_valor`.
    """
    spelled = _added_up(spell(text))
    if _GROUP.search(spelled):
        spelled = led(spelled, "somos")
    mentions: list[Mention[int]] = []
    for pattern, extra in ((_WITH_ME, 1), (_GROUP, 0)):
        for match in pattern.finditer(spelled):
            if not any(match.start() < other.end and other.start < match.end() for other in mentions):
                said = next(group for group in match.groups() if group)
                mentions.append(Mention(match.start(), match.end(), _size(said, extra)))
    if not mentions:
        if size_meant := _in_words(spelled):
            return Read(size_meant)
        number = alone(spelled)
        if bare and not _NOT_A_SIZE.search(spelled) and re.fullmatch(r"\d{1,4}", number):
            size_said = _size(number, 0)
            return size_said if isinstance(size_said, Unclear) else Read(size_said)
    return settle(spelled, mentions, "grupo_multiple")


def _added_up(spelled: str) -> str:
    """Write "cuatro adultos y dos niños" and "para mí y dos amigas" as one number of people."""
    spelled = re.sub(
        r"(\d{1,2}|un|una) (?:adult[oa]s?|mujer(?:es)?|hombres?|grandes|chic[oa]s?) y (\d{1,2}|un|una) "
        r"(?:niñ[oa]s?|adult[oa]s?|mujer(?:es)?|hombres?|menores|peques|chic[oa]s?)",
        lambda m: f"{sum(1 if n.startswith('un') else int(n) for n in m.groups())} personas",
        spelled,
    )
    return re.sub(
        rf"\bpara mi y (\d{{1,2}}|una?) (?:{_PERSON}|{_RELATIVE}s?)",
        lambda m: f"{1 + (1 if m[1].startswith('un') else int(m[1]))} personas",
        spelled,
    )


def _in_words(spelled: str) -> int | None:
    if re.search(r"\bno (?:voy|somos|soy|es)\b", spelled):
        return None
    companions = _COMPANION.findall(spelled)
    if companions and _ME_TOO.search(spelled):
        return None if _UNCOUNTED.search(spelled) else len(companions) + 1
    for pattern, size in _DOZENS:
        if pattern.search(spelled):
            return size
    if match := _THE_N.match(spelled):
        return int(match[1])
    if _TWO.search(spelled):
        return 2
    return 1 if _ONE.search(spelled) else None


def _size(said: str, extra: int) -> int | Unclear:
    size = (1 if said in ("un", "una") else int(said)) + extra
    return size if 0 < size <= LARGEST_GROUP else Unclear("grupo_invalido")
