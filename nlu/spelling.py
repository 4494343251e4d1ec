"""Messages as typed on WhatsApp, brought closer to the Spanish of books before they are understood.

Nothing here decides a value: what a message says is read from its own words. It only makes "kiero 1 sita xfa"
look like "quiero 1 cita por favor" to the intent classifier, and every e-mail, id and phone like every other.
"""

from __future__ import annotations

import re
import unicodedata

_SPELLINGS = {
    "que": "q k ke qe qk", "porque": "xq pq xk porq pork", "por": "x", "para": "pa xa pra", "para el": "pal",
    "por favor": "xfa xfis porfa porfis porfi plis pls plz please porfavor xfavor pf",
    "también": "tmb tb tbn tmbn tambn", "de": "d", "me": "m", "te": "t", "estoy": "toy stoy", "está": "ta sta",
    "estás": "tas", "quiero": "kiero qiero kero qro", "quisiera": "kisiera qisiera",
    "quería": "keria kería", "querés": "keres qeres", "cita": "sita zita", "citas": "sitas",
    "hacer": "aser acer hacr", "hice": "ise hise ice", "voy": "boy", "hola": "ola hla holi holis holaa", "bien": "bn",
    "bueno": "weno wueno", "buenas": "wenas", "mensaje": "msj msg mje", "teléfono": "tel telf fono tlf",
    "celular": "cel celu", "whatsapp": "wsp wpp wasap guasap whats wa wap", "pues": "pos ps pus", "hay": "ai",
    "ahí": "hai ahi", "haber": "aber", "había": "abia habia", "gracias": "grax grcs grasias", "saludos": "slds",
    "fin de semana": "finde", "horas": "hrs hs", "hora": "hr ora", "mañana": "mñn mñna mñana manana",
    "cuanto": "kuanto qnto", "cuando": "kuando cdo", "como": "komo cmo", "donde": "dnd",
    "cancelar": "canselar kancelar cancelr", "agendar": "ajendar ajendr agendr", "pagar": "pagr pgar",
    "precio": "presio", "precios": "presios", "horario": "orario", "horarios": "orarios", "sesión": "secion sesion",
    "consulta": "konsulta", "necesito": "nesesito necesitó nececito", "información": "info informasion",
    "correo": "korreo", "número": "nro num nmro", "hasta": "asta", "ahora": "aora ahra", "nada": "nda",
    "usted": "ud vd", "ustedes": "uds vds", "estado": "status estatus", "pago": "pgo",
}  # fmt: skip
_WORDS = {typed: right for right, forms in _SPELLINGS.items() for typed in forms.split()}
_SPOKEN_MARK = r"\s+(?:punto|pto|dot|guion(?: bajo)?|guión(?: bajo)?|underscore)\s+"
_PLACEHOLDERS = (
    (re.compile(r"\S+@\S+\.\w+"), " correo@correo.com "),
    (re.compile(rf"\b\w+(?:{_SPOKEN_MARK}\w+)*\s+arr?oba\s+\w+(?:\s+(?:punto|pto|dot)\s+\w+)+"), " correo@correo.com "),
    (re.compile(r"\bc\s?[-.#]?\s?\d{3,6}\b"), " cita número "),
    (re.compile(r"\+?\d[\d\s().-]{7,}\d"), " teléfono número "),
)
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W\d_]+")


def normalise(text: str) -> str:
    """Return a message in lower case, abbreviations written out, the same word for every e-mail, id and phone."""
    text = unicodedata.normalize("NFC", text).lower()
    for pattern, placeholder in _PLACEHOLDERS:
        text = pattern.sub(placeholder, text)
    text = _REPEATED.sub(r"\1", text)
    text = _WORD.sub(lambda word: _WORDS.get(word[0], word[0]), text)
    return " ".join(text.split())
