"""The mail that carries a code."""

from datetime import timedelta

from sandbox.internal_api.models import Business
from sandbox.mail.mailbox import Mail


def code_mail(business: Business, to: str, code: str, lifetime: timedelta) -> Mail:
    """Return the mail, in Spanish, that tells a customer the code and how long it is valid."""
    minutes = int(lifetime.total_seconds()) // 60
    text = (
        f"Hola:\n\n"
        f"Tu código de {business.name} es {code}\n\n"
        f"Escríbelo en el chat de WhatsApp en el que lo pediste. Vale {minutes} minutos y sirve una sola vez.\n\n"
        f"Nadie de {business.name} te va a pedir nunca este código, ni por teléfono ni por mensaje ni por correo: "
        f"no se lo des a nadie. Si no lo pediste, no hace falta que hagas nada.\n\n"
        f"{business.name}\n"
    )
    return Mail(to=to, subject=f"Tu código de {business.name}", text=text)
