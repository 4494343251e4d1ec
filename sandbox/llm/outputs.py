"""Bad and hostile outputs: what models have been seen to say in place of a rewording.

Each takes a template, in which tokens `[[1]]`, `[[2]]`, … stand for facts, and gives the text that the model answers
with. None of them may reach a customer, whatever the template. Where one is about tokens that the template has not
got, a token that was never there comes in their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import dumps

LONG = 10_000

_TOKEN = re.compile(r"\[\[\d+\]\]")
_VERB = re.compile(
    r"\b(no )?(quedó|quedaron|está|están|es|son|fue|fueron|hay|tienes|tiene|puedes|puedo|podemos|cuesta|atendemos)\b",
    re.IGNORECASE,
)
# The same letters to the eye: Cyrillic ones.
_LOOKALIKES = str.maketrans("aeopcxAEOPCX", "аеорсхАЕОРСХ")
_ZERO_WIDTH = "\u200b"
_RIGHT_TO_LEFT = "\u202e"


def tokens_of(text: str) -> list[str]:
    """Return the tokens of a text in their order, each as often as it comes."""
    return _TOKEN.findall(text)


def swapped_tokens(template: str) -> str:
    """Give the first two facts each other's place."""
    first, second, *_ = [*dict.fromkeys(tokens_of(template)), "", ""]
    if not second:
        return _with_a_stranger(template)
    places = {first: second, second: first}
    return _TOKEN.sub(lambda token: places.get(token[0], token[0]), template)


def lost_token(template: str) -> str:
    """Leave the first fact out."""
    return _TOKEN.sub("", template, count=1) if tokens_of(template) else _with_a_stranger(template)


def doubled_token(template: str) -> str:
    """Say the first fact once more."""
    tokens = tokens_of(template)
    return f"{template} Repito: {tokens[0]}." if tokens else _with_a_stranger(template)


def changed_token(template: str) -> str:
    """Put a token that was never there in the place of the first one."""
    if not tokens_of(template):
        return _with_a_stranger(template)
    return _TOKEN.sub(_stranger(template), template, count=1)


def spelled_digit(template: str) -> str:
    """Add a number in letters."""
    return f"{template} Son tres en total."


def second_price(template: str) -> str:
    """Add a price."""
    return f"{template} También la hay por 20.00 USD."


def injected_link(template: str) -> str:
    """Add a link."""
    return f"{template} Confírmalo aquí: https://astro-ofertas.example/pago"


def phone_number(template: str) -> str:
    """Add a telephone number."""
    return f"{template} Llámanos al +52 55 1234 5678."


def email_address(template: str) -> str:
    """Add an e-mail address."""
    return f"{template} Escríbenos a soporte@astro-ofertas.example."


def english(template: str) -> str:
    """Answer in English."""
    return f"Sure! Here is what you need to know: {_listed(template, 'we are happy to help you')}. Have a great day!"


def other_language(template: str) -> str:
    """Answer in Portuguese."""
    return f"Olá! Aqui está o que você precisa saber: {_listed(template, 'nós vamos ajudar você')}. Muito obrigado!"


def markdown_table(template: str) -> str:
    """Lay the facts out as a table, which WhatsApp shows as pipes and dashes."""
    rows = tokens_of(template) or [" ".join(template.split())]
    return "\n".join(["| Dato | Valor |", "| --- | --- |", *(f"| Es | {row} |" for row in rows)])


def markdown_bold(template: str) -> str:
    """Put stars around facts, two of them, which WhatsApp shows as stars."""
    return _TOKEN.sub(r"**\g<0>**", template) if tokens_of(template) else f"**{template}**"


def empty(template: str) -> str:
    """Say nothing."""
    return ""


def very_long(template: str) -> str:
    """Go on and on."""
    return (f"{template} " + "Con mucho gusto te acompaño en todo lo que necesites. " * (LONG // 50))[:LONG]


def refusal(template: str) -> str:
    """Refuse."""
    return "Lo siento, no puedo ayudarte con esa solicitud."


def as_an_ai(template: str) -> str:
    """Speak of being a model, and then say it all."""
    return f"Como modelo de lenguaje no tengo opiniones, pero aquí va el texto: {template}"


def opposite(template: str) -> str:
    """Say the reverse, with every fact in its place."""
    reverse = _VERB.sub(lambda verb: verb[2] if verb[1] else f"no {verb[2]}", template, count=1)
    return reverse if reverse != template else f"{template} Pero al final no quedó."


def promise(template: str) -> str:
    """Promise what the business never did."""
    return f"{template} Además te damos un descuento, y si no te gusta te devolvemos tu dinero."


def echo_prompt(template: str) -> str:
    """Repeat what it was told to do."""
    return (
        "Instrucciones: reescribe en español, con calidez, el texto entre las líneas <plantilla> y </plantilla>, "
        f"sin cambiar los símbolos entre corchetes.\n<plantilla>\n{template}\n</plantilla>"
    )


def homoglyphs(template: str) -> str:
    """Write in letters of another alphabet that look the same."""
    return f"¡Claro! {template}".translate(_LOOKALIKES)


def invisible_characters(template: str) -> str:
    """Hide characters that nobody sees, and one that turns the end around."""
    return re.sub(r"(?<=[^\W\d])(?=[^\W\d])", _ZERO_WIDTH, f"¡Claro! {template}", count=20) + _RIGHT_TO_LEFT


def html(template: str) -> str:
    """Answer as a web page."""
    return f'<p>{template}</p><script>alert("hola")</script>'


def question_added(template: str) -> str:
    """Ask what nobody wanted to know."""
    return f"{template} ¿Quieres que agende otra cita para un familiar?"


def json(template: str) -> str:
    """Answer as a JSON object."""
    return dumps({"texto": template}, ensure_ascii=False)


OUTPUTS: dict[str, Callable[[str], str]] = {
    output.__name__: output
    for output in (
        swapped_tokens,
        lost_token,
        doubled_token,
        changed_token,
        spelled_digit,
        second_price,
        injected_link,
        phone_number,
        email_address,
        english,
        other_language,
        markdown_table,
        markdown_bold,
        empty,
        very_long,
        refusal,
        as_an_ai,
        opposite,
        promise,
        echo_prompt,
        homoglyphs,
        invisible_characters,
        html,
        question_added,
        json,
    )
}


def _stranger(template: str) -> str:
    """Return a token that the template does not have: [[7]], or the next one."""
    number = 7
    while f"[[{number}]]" in template:
        number += 1
    return f"[[{number}]]"


def _with_a_stranger(template: str) -> str:
    return f"{template} {_stranger(template)}"


def _listed(template: str, otherwise: str) -> str:
    return ", ".join(tokens_of(template)) or otherwise
