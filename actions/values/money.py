"""Amounts of money and currencies read from phrases."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from actions.values.corrections import CORRECTED, Mention, settle
from actions.values.day_rules import day_mentions
from actions.values.named_days import Scope
from actions.values.result import NOTHING_SAID, Context, Money, Read, Result, Unclear
from actions.values.spelling import alone, blank, spell

MOST = Decimal("1000000000")
PESOS = {"MX": "MXN", "CO": "COP", "AR": "ARS", "CL": "CLP", "UY": "UYU", "DO": "DOP", "CU": "CUP"}
CURRENCIES = {
    "USD": r"usd|us\$|u\$[sd]|us|dolares(?: americanos)?|verdes",
    "EUR": r"€|eur|euros",
    "MXN": r"mxn|mx\$|pesos mexicanos|varos|mn",
    "COP": r"cop|pesos colombianos",
    "ARS": r"ars|pesos argentinos|ar\$",
    "CLP": r"clp|pesos chilenos",
    "UYU": r"uyu|pesos uruguayos",
    "DOP": r"dop|pesos dominicanos",
    "PEN": r"pen|s/\.?|soles|nuevos soles|lucas? peruanas?",
    "GBP": r"gbp|£|libras(?: esterlinas)?",
    "BRL": r"brl|reales|r\$",
    "BOB": r"bob|bolivianos",
    "GTQ": r"gtq|quetzales",
    "CRC": r"crc|colones",
    "PYG": r"pyg|guaranies",
    "VES": r"bolivares",
    "HNL": r"hnl|lempiras",
}
# What a slang unit multiplies by, and its currency, where both are beyond doubt.
SLANG = {
    "lucas?": {"CO": (1000, "COP"), "CL": (1000, "CLP"), "AR": (1000, "ARS"), "PE": (1, "PEN")},
    "palos? verdes?": {"AR": (1000000, "USD")},
    "palos?": {"AR": (1000000, "ARS"), "CL": (1000000, "CLP"), "CO": (1000000, "COP")},
    "mangos": {"AR": (1, "ARS")},
    "barras?": {"CO": (1000, "COP")},
}

_LARGE = rf"millon(?:es)?|{'|'.join(SLANG)}"
_CURRENCY = "|".join(f"(?P<{code}>{forms})" for code, forms in CURRENCIES.items())
_UNIT = "|".join(form for forms in CURRENCIES.values() for form in forms.split("|"))
_ANY_CURRENCY = rf"(?:{_UNIT}|pesos|{'|'.join(SLANG)})"
_CODE = re.compile(rf"(?<![a-zñ])(?:{_CURRENCY}|(?P<pesos>pesos))(?![a-zñ])")
_DIGITS = r"\d+(?:[.,' ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
_AMOUNT = re.compile(
    rf"(?<![\w#@/:.,-])(?P<debit>- ?)?(?P<before>(?:{_ANY_CURRENCY}|\$) ?\$? ?)?(?P<minus>- ?)?(?P<number>{_DIGITS})"
    rf"(?P<scale> ?(?:mil\b(?: (?P<rest>\d{{1,3}})(?!\d))?|k\b|millon(?:es)?\b(?: de)?))?"
    rf"(?P<sign> ?\$)?(?: ?(?:de )?(?P<after>{_ANY_CURRENCY}))?(?P<cents> con \d{{1,2}}(?:"
    rf" centavos)?)?(?![\w@]|[/:-]\d)"
)
_ONE = re.compile(rf"\b(?:un|una) (?P<scale>millon(?: de)?|{'|'.join(SLANG)}|medio millon|pesos|dolares)")
_CARD = re.compile(r"(?<!\d)(?:\d[ .\-_/]{0,3}){12,18}\d(?!\d)")
_TOTAL = re.compile(
    r"\b(?:todo|amb[oa]s|(?:el|la) (?:total|totalidad|resto|saldo|adeudo)|lo que (?:debo|falta|resta"
    r"|adeudo|sea)|complet[oa]|liquidar)\b"
)
# "Las dos", of the debts that were listed.
_ALL_OF_THEM = re.compile(rf"(?<!a )\bl[oa]s [2-9]\b(?! ?(?:mil|k|%|\$|am|pm|de la|en punto|y media|{_ANY_CURRENCY}))")
_PART = re.compile(r"\b(?:la mitad|una parte|un tercio|anticipo|algo|un poco|\d+ (?:%|por ciento)|\d+%)")
_SET_AGAINST = re.compile(r" ?(?:o|u|a|-|y|,|o sea)? ?(?:de |unos )?")
_NOT_MONEY = re.compile(
    r"\bc ?-? ?\d{3,7}\b|\b(?:cita|solicitud|folio|pedido|numero|tramite)(?: (?:numero|no\.?"
    r"|nro))? ?#? ?\d+\b|#\d+"
    r"|\b\d{1,2}:\d{2}\b|\ba las? \d+|\S+@\S+|\b\d+ (?:personas?|minutos|horas?|hrs|am|pm"
    r"|sesion(?:es)?|citas?)\b"
    r"|\bsomos \d+|\d+ ?%|\+\d[\d ]+"
)


def has_card_number(text: str) -> bool:
    """Tell whether 13 to 19 digits in any grouping pass the Luhn check of payment cards (ISO/IEC 7812)."""
    for match in _CARD.finditer(spell(text)):
        digits = [int(char) for char in match.group() if char.isdigit()]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        if any(digits) and (sum(doubled) + sum(digits[-1::-2])) % 10 == 0:
            return True
    return False


def read_moneda(text: str, ctx: Context) -> Result[str]:
    """Read a currency as its ISO 4217 code; "pesos" are those of the writer's country.

    Returns:
        The code, or Unclear: `moneda_ambigua` ("pesos" where the country has none), `moneda_multiple`,
        `sin_valor`.
    """
    spelled = spell(text)
    mentions = [
        Mention(match.start(), match.end(), _code(match, ctx.country) or Unclear("moneda_ambigua"))
        for match in _CODE.finditer(re.sub(r"\d", " ", spelled))
    ]
    return settle(spelled, mentions, "moneda_multiple")


def read_monto(text: str, ctx: Context, *, bare: bool = True) -> Result[Money]:
    """Read an amount of money.

    Args:
        text: what the customer wrote; days, times, ids and phones in it are left aside.
        ctx: gives the country whose pesos are meant.
        bare: whether a number without a currency counts, as in the answer to "¿cuánto?".

    Returns:
        The amount with the currency said, "$" naming none; or Unclear: `tarjeta` (a card's number),
        `monto_invalido`, `monto_multiple`, `monto_total` ("todo lo que debo"), `monto_parcial` ("la mitad"),
        `sin_valor`.
    """
    spelled = _in_full(spell(text))
    if _CARD.search(spelled):
        return Unclear("tarjeta" if has_card_number(text) else "monto_invalido")
    aside = [(m.start, m.end) for m in day_mentions(spelled, Scope(ctx.now))]
    spelled = blank(spelled, aside)
    spelled = blank(spelled, [match.span() for match in _NOT_MONEY.finditer(spelled)])
    all_of_them = [match.span() for match in _ALL_OF_THEM.finditer(spelled)]
    spelled = blank(spelled, all_of_them)
    mentions = _amounts(spelled, ctx.country, bare=bare)
    result: Result[Money] = settle(spelled, mentions, "monto_multiple")
    if result == NOTHING_SAID and not mentions:
        if _PART.search(spell(text)):
            return Unclear("monto_parcial")
        if all_of_them or _TOTAL.search(spelled):
            return Unclear("monto_total")
        if bare and alone(spelled) in ("uno", "un", "una"):
            return Read(Money(Decimal("1.00")))
    return result


def _in_full(spelled: str) -> str:
    """Write "dos millones trescientos mil", "millón y medio" and "medio palo" as one number of their unit."""
    spelled = re.sub(
        r"(?<![\d.,])(\d+|un) millon(?:es)? (\d{1,6})(?![\d.,])( mil\b)?",
        lambda m: str(int(m[1].replace("un", "1")) * 10**6 + int(m[2]) * (1000 if m[3] else 1)),
        spelled,
    )
    spelled = re.sub(
        rf"(?<![\w.,])(?:(\d{{1,3}}|una?) )?({_LARGE}) y medi[oa]\b",
        lambda m: f"{(m[1] or '1').replace('una', '1').replace('un', '1')}.5 {m[2]}",
        spelled,
    )
    return re.sub(rf"\bmedi[oa] ({_LARGE})\b", r"0.5 \1", spelled)


def _amounts(text: str, country: str, *, bare: bool) -> list[Mention[Money]]:
    """Every amount; where some carry a currency, plain numbers count only when they are set against those."""
    matches = list(_AMOUNT.finditer(text))
    chosen = [bool(match["before"] or match["after"] or match["sign"]) for match in matches]
    mentions = [
        Mention(match.start(), match.end(), _scaled(Decimal(1), match["scale"].strip(), country))
        for match in _ONE.finditer(text)
    ]
    if not any(chosen) and not mentions:
        chosen = [bare] * len(matches)
    values = [_money(match, country) for match in matches]
    for here, there in [*pairwise(range(len(matches))), *((b, a) for a, b in pairwise(range(len(matches))))]:
        gap = text[matches[min(here, there)].end() : matches[max(here, there)].start()]
        if chosen[here] and not chosen[there] and (_SET_AGAINST.fullmatch(gap) or CORRECTED.search(gap)):
            chosen[there], values[there] = True, _with_currency(values[there], values[here])
    mentions += [
        Mention(match.start(), match.end(), value)
        for match, value, counts in zip(matches, values, chosen, strict=True)
        if counts
    ]
    return mentions


def _with_currency(value: Money | Unclear, other: Money | Unclear) -> Money | Unclear:
    if isinstance(value, Unclear) or isinstance(other, Unclear):
        return value
    return Money(value.amount, value.currency or other.currency)


def _money(match: re.Match[str], country: str) -> Money | Unclear:
    amount = _number(match["number"])
    if amount is None or match["minus"] or match["debit"]:
        return Unclear("monto_invalido")
    scale = (match["scale"] or "").strip()
    if scale:
        amount *= 1000000 if scale.startswith("millon") else 1000
        amount += int(match["rest"] or 0)
    if match["cents"]:
        amount += Decimal(re.sub(r"\D", "", match["cents"])) / 100
    return _scaled(amount, (match["after"] or match["before"] or "").strip(" $") or "$", country, match["before"])


def _scaled(amount: Decimal, unit: str, country: str, symbol: str | None = None) -> Money | Unclear:
    for form, meanings in SLANG.items():
        if re.fullmatch(form, unit):
            if country not in meanings:
                return Unclear("monto_invalido")
            factor, currency = meanings[country]
            return _checked(amount * factor, currency)
    if unit.startswith("millon"):
        return _checked(amount * 1000000, None)
    found = _CODE.search(unit) or (_CODE.search(symbol) if symbol else None)
    return _checked(amount, _code(found, country) if found else None)


def _code(match: re.Match[str], country: str) -> str | None:
    if match["pesos"]:
        return PESOS.get(country)
    return next(code for code in CURRENCIES if match[code])


def _checked(amount: Decimal, currency: str | None) -> Money | Unclear:
    exponent = amount.normalize().as_tuple().exponent
    if not 0 < amount <= MOST or (isinstance(exponent, int) and exponent < -2):
        return Unclear("monto_invalido")
    return Money(amount.quantize(Decimal("0.01")), currency)


def _number(typed: str) -> Decimal | None:
    """The number meant by either convention of thousands and decimals, None where it follows neither."""
    typed = typed.replace(" ", ".") if re.fullmatch(r"\d{1,3}(?: \d{3})+", typed) else typed.replace("'", ",")
    if re.fullmatch(r"\d+", typed):
        return Decimal(typed)
    for thousands, decimals in ((r"\.", ","), (",", r"\.")):
        if re.fullmatch(rf"[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+(?:{decimals}\d{{1,2}})?", typed):
            return Decimal(re.sub(thousands, "", typed).replace(",", "."))
    if re.fullmatch(r"\d+[.,]\d{1,2}", typed):
        return Decimal(typed.replace(",", "."))
    return None
