"""Keys, tokens and passwords."""

from __future__ import annotations

import re

from privacy.draft import Draft

KEY = "[clave]"

# In folded text, hence all in lower case.
_KEYS = re.compile(
    r"""(?x)(?<![^\W_])(?:
      sk-[\w-]{16,}                                          # OpenRouter, OpenAI, Anthropic
    | (?:sk|pk|rk)_(?:live|test)_\w{10,}                     # Stripe
    | (?:ac|sk|au)[0-9a-f]{32}(?!\w)                         # Twilio
    | akia[0-9a-z]{16}(?!\w)                                 # AWS
    | gh[pousr]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | hf_\w{24,} | xox[abprs]-[\w-]{10,} | aiza[\w-]{30,}
    | eyj[\w-]{8,}\.[\w-]{4,}\.[\w-]*                        # JWT
    | (?=[0-9a-f]{0,128}[a-f])(?=[a-f]{0,128}[0-9])[0-9a-f]{40,128}(?!\w)      # hexadecimal secrets
    )"""
)
_NAME = (
    r"(?<![^\W_])(?:api[_\s-]?key|access[_\s-]?token|auth[_\s-]?token|token|secret|password|passwd|pwd|"
    r"contrasena|signature|sig)"
)
_VALUE = r"(?P<secret>[^\s&,;\"'\[{(<][^\s&,;\"']*)"
_ASSIGNED = re.compile(rf"{_NAME}[\"']?(?:\s{{0,3}}[:=]|\s{{1,3}}es:)\s{{0,3}}[\"']?{_VALUE}")
# In a sentence a word may follow: "la contraseña es incorrecta". What has a digit or a sign within is none.
_SAID = re.compile(
    rf"(?:{_NAME}|(?<![^\W_])clave)(?:\s{{1,3}}(?:de|del|mi|la|el|correo|cuenta|wifi)){{0,4}}\s{{1,3}}(?:es|is|era)\s{{1,3}}"
    rf"(?=[^\s]{{0,40}}(?:[0-9]|[^\w\s,;][^\s])){_VALUE}"
    rf"|(?<![^\W_])(?:password|passwd|pwd)\s{{1,3}}(?=[^\s]{{0,40}}[0-9])(?P<also>[^\s&,;\"'\[]+)"
)
_BEARER = re.compile(r"(?<![^\W_])bearer\s{1,3}(?P<secret>[\w.~+/-]{8,}=*)")
_AUTHORIZATION = re.compile(
    r"(?<![^\W_])authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:basic|bearer|token)\s{1,3}|(?!(?:basic|bearer|token)\s))(?P<secret>[^\s\"',;\[]+)"
)
# A URL's password may hold "@" and "/" where nobody encoded it; a port does not begin one.
_URL_PASSWORD = re.compile(r"://[^\s:/@]{0,64}:(?!\d{2,5}(?:/|\s|$))(?P<secret>[^\s\[][^\s]{0,127})@")
_HOOK = re.compile(r"(?:hooks\.slack\.com/(?:services|workflows|triggers)|api/webhooks)/(?P<secret>[\w/-]+)")
_PRIVATE_KEY = re.compile(r"-----begin [a-z ]{0,30}private key-----.*?(?:-----end[a-z ]{0,40}-----|\Z)", re.DOTALL)

# Nothing of the above can be where none of these is.
_HINT = re.compile(
    r"token|secret|passw|pwd|contrasena|clave|bearer|authorization|api.?key|sig(?:nature)?[\"'=: ]|://|hooks|private"
    r"|[spr]k[-_]|akia|gh[a-z_]|glpat|hf_|xox|aiza|eyj|[0-9a-z_-]{34}"
)


def hide_keys(draft: Draft) -> None:
    """Hide API keys, tokens and passwords."""
    if not _HINT.search(draft.plain):
        return
    draft.hide_matches(_PRIVATE_KEY, KEY)
    draft.hide_matches(_URL_PASSWORD, KEY)
    draft.hide_matches(_AUTHORIZATION, KEY)
    draft.hide_matches(_ASSIGNED, KEY)
    draft.hide(
        [found.span("also" if found["also"] else "secret") for found in _SAID.finditer(draft.plain)],
        KEY,
    )
    draft.hide_matches(_BEARER, KEY)
    draft.hide_matches(_HOOK, KEY)
    draft.hide_matches(_KEYS, KEY)
