"""E-mail addresses, also spoken ones, and telephone numbers read from phrases."""

from __future__ import annotations

import re
from dataclasses import replace

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from actions.values.corrections import Mention, settle
from actions.values.result import Context, Result, Unclear
from actions.values.spelling import spell

# How the domains that most people use are mistyped, and what they are without their ending.
DOMAIN_SLIPS = {
    "gmail.com": "gmail gmailcom gmial.com gmai.com gmal.com gmil.com gamil.com gmaill.com gnail.com gmeil.com"
    " gimail.com gmail.co gmail.con gmail.cm gmail.om gmail.comm gmail.com.mx",
    "hotmail.com": "hotmail hotmailcom hotmial.com hotmal.com hotmai.com hotmil.com hotamil.com homail.com"
    " hormail.com otmail.com jotmail.com hotmail.con hotmail.co hotmail.cm",
    "outlook.com": "outlook outlookcom outlok.com outloo.com otlook.com outlook.con outlook.co",
    "yahoo.com": "yahoo yahoocom yaho.com yahho.com yahoo.con yahoo.co",
    "icloud.com": "icloud icloudcom iclod.com icoud.com icloud.con",
}
_SHORTEST_PHONE = 6
_SLIPS = {slip: right for right, slips in DOMAIN_SLIPS.items() for slip in slips.split()}

_WRITTEN = re.compile(r"[^\s@,;:<>()\"¿¡]+@[^\s@,;:<>()\"?!]+")
_SPACED_AT = re.compile(r"\s*(?:@|[(\[](?:at|arroba)[)\]]|(?<![a-zñ])(?:arroba|aroba|arrova)\b|\barroba)\s*")
_SPOKEN_MARKS = (
    (re.compile(r"\s+(?:guion|gion) (?:bajo|abajo|de abajo)\s+|\s*\bunderscore\b\s*"), "_"),
    (re.compile(r"\s+(?:guion|gion)(?: (?:medio|normal))?\s+"), "-"),
    (
        re.compile(
            r"\s+(?:punto|pto|dot)\s+|\s*[(\[](?:punto|dot|\.)[)\]]\s*|\s+\.\s*"
            r"|(?<=\w)\.\s+(?=(?:com|mx|co|ar|cl|pe|es|net|org|edu|gob)\b)|(?<=@gmail),(?=com\b)"
        ),
        ".",
    ),
)
_ACCENTS = str.maketrans("áéíóú", "aeiou")
_SAID_TOGETHER = re.compile(r"\btodo (?:junto|pegado|seguido)\b", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^.*(?:\b(?:es|correo|mail|email|gmail es|e-mail|electronico|seria|sera|mi|el|a|al|con|de"
    r"|uso|tengo|va|anota|escribe"
    r"|ahi va|si|hola|claro|bueno|ok|perdon|digo|y|que|direccion|dice|todo junto|minuscula"
    r"|minusculas)\b|[:,;])\s*"
)


def read_email(text: str) -> Result[str]:
    """Read an e-mail address, written or spoken ("ana punto perez arroba gmail punto com"), in lower case.

    Nothing is looked up: the address is checked for form alone.

    Returns:
        The address, or Unclear: `email_invalido`; `email_dudoso` with the likely address as choice, for a
        mistyped common domain or words that may or may not belong to it; `email_multiple`, `sin_valor`.
    """
    spoken = _SPACED_AT.sub("@", _spoken(text))
    mentions = [
        Mention(match.start(), match.end(), _address(match.group().rstrip(".!?")))
        for match in _WRITTEN.finditer(spoken)
    ]
    if len(mentions) == 1 and re.search(r"arr?oba\b|arrova\b", text.lower()):
        loose = _loose_words(spoken[: mentions[0].start])
        if loose and _SAID_TOGETHER.search(text):
            return settle(
                spoken,
                [replace(mentions[0], value=_address("".join(loose) + spoken[mentions[0].start : mentions[0].end]))],
                "",
            )
        if loose:
            return _with_loose_words(loose, spoken[mentions[0].start : mentions[0].end])
    if not mentions and "@" in spoken:
        return Unclear("email_invalido")
    return settle(spoken.translate(_ACCENTS), mentions, "email_multiple")


def _spoken(text: str) -> str:
    # Accents are kept out of the marks only: an accented local part is the customer's to correct.
    text = re.sub(r"gui[oó]n", "guion", " ".join(text.lower().split()))
    text = re.sub(r"\bmailto:|\*", "", text)
    text = re.sub(r",? todo (?:junto|pegado|seguido|en minusculas?|en minúsculas?),?", "", text)
    text = re.sub(r"(@[a-z]+),(?=(?:com|es|net|org)\b)", r"\1.", text)
    if "@" not in text and not re.search(r"arr?oba\b|arrova\b|[(\[]at[)\]]", text):
        return text
    for pattern, mark in _SPOKEN_MARKS:
        text = pattern.sub(mark, text)
    return text


def _loose_words(before: str) -> list[str]:
    return _LEAD_IN.sub("", spell(before) + " ").split()


def _with_loose_words(loose: list[str], address: str) -> Unclear:
    joined = _address("".join(loose) + address)
    alone = _address(address)
    return Unclear("email_dudoso", tuple(choice for choice in (joined, alone) if isinstance(choice, str)))


def _address(typed: str) -> str | Unclear:
    local, _, domain = typed.lower().rpartition("@")
    right = _SLIPS.get(domain)
    try:
        checked = validate_email(f"{local}@{right or domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return Unclear("email_invalido")
    address = checked.normalized.lower()
    return Unclear("email_dudoso", (address,)) if right else address


def read_telefono(text: str, ctx: Context) -> Result[str]:
    """Read a telephone number as E.164; one without a country prefix is of the writer's country.

    Returns:
        The number, or Unclear: `telefono_invalido`, `telefono_multiple`, `sin_valor`.
    """
    # A comma or a word between two numbers would be swallowed by a join of all digits; single blanks are not.
    dictated = re.sub(r"(?<=\d)[ .\-]+(?=\d)", " ", spell(re.sub(r"\bm[aá]s (?=\w)", "+", text.lower())))
    dictated = re.sub(r"\+ (?=\d)", "+", dictated)
    # Mexico dropped the 1 and the 044/045 of mobiles in 2020; people and WhatsApp still write them.
    dictated = re.sub(r"\+52 ?1 ?(?=(?:\d ?){10}(?!\d))", "+52 ", dictated)
    dictated = re.sub(r"(?<!\d)04[45] ?(?=(?:\d ?){10}(?!\d))", "", dictated) if ctx.country == "MX" else dictated
    mentions = [
        Mention(match.start, match.end, _e164(match.number))
        for match in phonenumbers.PhoneNumberMatcher(dictated, ctx.country)
    ]
    if not mentions:
        mentions = _joined(dictated, ctx.country)
    if not mentions and len(re.sub(r"\D", "", dictated)) >= _SHORTEST_PHONE:
        return Unclear("telefono_invalido")
    return settle(dictated, mentions, "telefono_multiple")


def _joined(dictated: str, country: str) -> list[Mention[str]]:
    """Numbers dictated digit by digit or in pairs."""
    mentions = []
    for match in re.finditer(r"\+?\d(?: ?\d){6,17}", dictated):
        try:
            number = phonenumbers.parse(match.group().replace(" ", ""), country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            mentions.append(Mention(match.start(), match.end(), _e164(number)))
    return mentions


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
