"""Which spellings of a phone are one number."""

import re

# ITU-T E.164 national plans: Mexico's mobiles carried a 1 after +52 until 2019 (IFT, plan of 3 August), and WhatsApp
# still gives it; Argentina's carry a 9 after +54 when called from abroad (ENACOM), and not within the country.
# In both, the subscriber's number without that digit has ten, so the length tells whether it is there.
_MOBILE = re.compile(r"\+(?:(?P<mexico>52)1?|(?P<argentina>54)9?)(?P<subscriber>[0-9]{10})")


def spellings(phone: str) -> tuple[str, ...]:
    """Return every E.164 form of the same number, with and without the digit that marks a mobile; itself first."""
    match = _MOBILE.fullmatch(phone)
    if match is None:
        return (phone,)
    country, mark = ("52", "1") if match["mexico"] else ("54", "9")
    forms = (f"+{country}{match['subscriber']}", f"+{country}{mark}{match['subscriber']}")
    return forms if phone == forms[0] else forms[::-1]
