"""Whether a message is in another language than Spanish, as far as its commonest words tell."""

from __future__ import annotations

import re
import unicodedata

# None of them is Spanish, nor what a Spanish speaker mixes in ("ok", "please", "thanks", "sorry", "bye").
_ENGLISH = """
    a about am an and any anyone appointment are astrologer astrology at be book booking can cancel change chart could
    did do does for from get good hello help hey hi how i is it know like much my need of on open or pay payment price
    prices reading schedule session somebody someone speak spanish english talk that the there this time to today
    tomorrow want was we what when where which who why will with would you your
"""
_PORTUGUESE = """
    agendamento ajuda amanha bem bom boa com custa dia ela ele eu fala falar falo gostaria marcar meu minha muito nao
    obrigada obrigado oi ola onde para pelo pode posso precisa preciso quais qual quando quanto que quem quero portugues
    sao tudo uma voce voces
"""
_FRENCH = """
    annuler avec avez bonjour bonsoir combien comment coute est et francais je le les merci mon nous parlez pas pour
    pouvez prendre prix quand quel quelle rendez salut suis un une votre voudrais vous
"""
# What Spanish has as well, spelled like this or in haste, says nothing.
_SHARED = """
    a dia fala le les me mi no ola onde para que quando quanto quien son tu un
"""
_COMMON = [frozenset(words.split()) - frozenset(_SHARED.split()) for words in (_ENGLISH, _PORTUGUESE, _FRENCH)]
_LEAST_WORDS = 3
_LEAST_SHARE = 0.5


def is_foreign(text: str) -> bool:
    """Tell whether most of a message's words are common ones of English, Portuguese or French, and not of Spanish.

    Of fewer than three words nothing can be told: "ok, thanks" is said in Spanish.
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z]+", plain)
    if len(words) < _LEAST_WORDS:
        return False
    told = max(sum(word in common for word in words) for common in _COMMON)
    return told >= 2 and told / len(words) >= _LEAST_SHARE
