"""What a customer chooses from the business's closed lists."""

from __future__ import annotations

from actions.values.result import Result
from actions.values.vocabulary import Vocabulary

_METODO_PAGO = Vocabulary(
    {
        "paypal": r"pay ?pal|peipal|paipal|pey ?pal",
        "transferencia": r"transferencias?|transfer|transfes?|transf|transferir(?:te|les)?|transfiero"
        r"|depositos?|deposit(?:ar|o)"
        r"|spei|bizum|nequi|yape(?:o|ar)?|daviplata|zelle|sinpe"
        r"|plin|pse|por banco|banco|bancaria|clabe|cbu|cvu|alias|cuenta rut",
        "efectivo": r"efectivo|efvo|cash|en mano|billetes?|contado|al llegar|en persona|plata en mano|metalico",
        "tarjeta": (
            r"tarjet(?:as?|ita)(?: de (?:credito|debito))?|tdc|tdd|credito|debito|visa|master ?card|amex|plastico"
            r"|american express|card"
        ),
    },
    "metodo_multiple",
    {"transferencia": "transferencia", "efectivo": "efectivo", "tarjeta": "tarjeta", "paypal": "paypal"},
)
_TIPO_SESION = Vocabulary(
    {
        "revolucion_solar": r"revolucion(?:es)? solar(?:es)?|rev\.? solar|revolucion|retorno solar|solar",
        "sinastria": (
            r"sinastrias?|sinastria de pareja|compatibilidad|(?:carta|consulta|sesion) de parejas?"
            r"|(?:de )?parejas?|con mi (?:novi[oa]|espos[oa])"
        ),
        "tarot": (
            r"tarot|(?:lectura|tirada|leer|echar|tirar)(?: de| las)? (?:las )?cartas|tirada"
            r"|cartas del tarot|arcanos"
        ),
        "carta_natal": (
            r"cartas? (?:natal(?:es)?|astral(?:es)?|astrologicas?|del cielo|natalicia)|natal|astral"
            r"|carta"
        ),
    },
    "tipo_multiple",
    {
        "revolucion_solar": "revolucion",
        "sinastria": "sinastria",
        "tarot": "tarot",
        "carta_natal": "natal astral",
    },
)
_TIPO_PAQUETE = Vocabulary(
    {
        "pareja": (
            r"(?:en |de |para |mi )?parejas?|para (?:dos|2)|(?:los|las) (?:dos|2)|mi (?:novi[oa]"
            r"|espos[oa]|marido) y yo"
        ),
        "grupo": (
            r"grupos?|grupal(?:es)?|(?:para )?varias personas|para (?:[3-9]|\d\d)(?: personas)?"
            r"|(?:[3-9]|\d\d) personas|amig[oa]s|familiar|familia"
        ),
        "individual": r"individual(?:es)?|personal(?:es)?|sol[oa]|solit[oa]|para mi(?: sol[oa])?|para (?:una"
        r"|1)(?: persona)?|una persona"
        r"|(?:solo )?yo|1 persona",
    },
    "tipo_multiple",
    {"individual": "individual", "pareja": "pareja", "grupo": "grupo"},
)
_PAQUETE_ID = Vocabulary(
    {
        "revolucion-solar": r"revolucion[- ]solar|revolucion|retorno solar|solar",
        "tarot-express": r"tarot[- ]?(?:express|expres|rapido)?|express|expres",
        "carta-natal": r"cartas?[- ](?:natal|astral)|natal|astral",
        "pareja": r"parejas?|sinastria|compatibilidad",
    },
    "paquete_multiple",
    {
        "revolucion-solar": "revolucion",
        "tarot-express": "tarot express",
        "pareja": "pareja sinastria",
        "carta-natal": "natal",
    },
)
_TIPO_HISTORIAL = Vocabulary(
    {
        "todo": r"tod[oa]s?(?!.*\b(?:citas?|pagos?|solicitud))(?: (?:el|mi) historial| lo mio)?|(?:el "
        r"|mi )?historial completo|complet[oa]|las tres|los tres|las 3|los 3|general"
        r"|(?:citas,? )?pagos,? y solicitudes|citas,? pagos y solicitudes",
        "pagos": r"pagos?|pague|pagado|cobros?|facturas?|recibos?|abonos?|compras?|transacciones",
        "solicitudes": r"solicitud(?:es)?|tramites?|peticion(?:es)?|tickets?|reclamos?|folios?",
        "citas": r"citas?|consultas?|sesion(?:es)?|reservas?|reservaciones|turnos?|agendad[oa]s?",
    },
    "tipo_multiple",
    {"citas": "citas", "pagos": "pagos", "solicitudes": "solicitudes solicitud"},
)


def read_metodo_pago(text: str) -> Result[str]:
    """Read how the customer pays: tarjeta, transferencia, efectivo or paypal."""
    return _METODO_PAGO.read(text)


def read_tipo_sesion(text: str) -> Result[str]:
    """Read a session's type: carta_natal, revolucion_solar, sinastria or tarot."""
    return _TIPO_SESION.read(text)


def read_tipo_paquete(text: str) -> Result[str]:
    """Read a package's type: individual, pareja or grupo."""
    return _TIPO_PAQUETE.read(text)


def read_paquete_id(text: str) -> Result[str]:
    """Read a package's slug from its name: carta-natal, revolucion-solar, pareja or tarot-express."""
    return _PAQUETE_ID.read(text)


def read_tipo_historial(text: str) -> Result[str]:
    """Read which history is wanted: citas, pagos, solicitudes or todo."""
    return _TIPO_HISTORIAL.read(text)
