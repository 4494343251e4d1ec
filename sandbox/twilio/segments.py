"""How many SMS segments a text would take, which Twilio reports for every channel."""

GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€")


def count_segments(text: str) -> int:
    """Return the number of segments of the text, at least one (3GPP TS 23.038)."""
    if all(char in GSM_ALPHABET or char in GSM_EXTENSION for char in text):
        length = len(text) + sum(char in GSM_EXTENSION for char in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-le")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)
