"""Reading settings that hold several things; what cannot be read is a ValueError that says how to write it."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from limits import RateLimitItem
    from sqlalchemy.engine import URL

MAX_BUTTONS = 10
"""As many as a list picker holds; a quick reply holds three."""
OFF = "off"
MIN_TOKEN = 16
BARE_TOKEN = "operator"  # noqa: S105 -- a name
"""What the admin API calls whoever comes with a token that has no name."""
TEMPLATE = r"HX[0-9A-Za-z]+"

# Those that are installed.
_DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg2"}
_TOKEN_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What a bearer token can be made of: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def listed(value: str) -> tuple[str, ...]:
    """Return the parts of a list that commas separate."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def database(value: str) -> URL:
    """Return the address of a database, which may hold a password: no error quotes it."""
    # Imported where it is wanted, as the limits are.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        # From None, because theirs does.
        raise ValueError("must read like sqlite:///file or postgresql://user:password@host/name") from None
    if url.drivername not in _DRIVERS:
        raise ValueError("must name SQLite and PostgreSQL only, as sqlite:// or postgresql://")
    if "@" in (url.host or ""):
        # The rest of the password would be looked for in the network, and shown.
        raise ValueError("must have an @ of its password percent-encoded, as %40")
    return url


def webhook(value: str) -> str:
    """Return the address of a webhook, whose path or query is a secret: no error quotes it."""
    try:
        parts = urlsplit(value.strip())
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError("must be an http(s) URL")
    return value.strip()


def named_tokens(value: str | None) -> tuple[tuple[str, str], ...]:
    """Return tokens, each after its name: of "token", or of "name:token,other:token"."""
    found = []
    for part in listed(value or ""):
        name, colon, token = part.rpartition(":")
        if (colon and not _TOKEN_NAME.fullmatch(name)) or not _BEARER_TOKEN.fullmatch(token):
            raise ValueError('must read like "token" or "name:token,other:token"; letters, digits and -._~+/= only')
        if len(token) < MIN_TOKEN:
            raise ValueError(f"needs tokens of at least {MIN_TOKEN} characters, such as `openssl rand -hex 32` gives")
        found.append((name or BARE_TOKEN, token))
    if len({token for _, token in found}) < len(found):
        raise ValueError("names a token twice")
    return tuple(found)


def templates(value: str | None) -> dict[int, str]:
    """Return the Content API template for each number of buttons: of "2=HX…,3=HX…"."""
    templates: dict[int, str] = {}
    for pair in listed(value or ""):
        count, sid = (part.strip() for part in pair.partition("=")[::2])
        if not re.fullmatch(r"[0-9]{1,2}", count) or not re.fullmatch(TEMPLATE, sid):
            raise ValueError('must read like "2=HX…,3=HX…"')
        if not 1 <= int(count) <= MAX_BUTTONS or int(count) in templates:
            raise ValueError(f"needs a template for 1 to {MAX_BUTTONS} buttons, one for each number")
        templates[int(count)] = sid
    return templates


def networks(value: str | None) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of a list of addresses and networks."""
    try:
        networks = tuple(ip_network(part) for part in listed(value or ""))
    except ValueError as exc:
        raise ValueError(f"must be addresses or networks, such as 10.0.0.5,172.16.0.0/12: {exc}") from exc
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("must not trust every address there is")
    return networks


def limit(value: str) -> RateLimitItem | None:
    """Return the limit that is written so, None if it is "off"."""
    if value == OFF:
        return None
    # Imported where it is wanted: it takes as long as all the rest of the settings.
    from limits import parse_many

    try:
        limits = parse_many(value)
    except ValueError:
        limits = []
    if len(limits) != 1 or limits[0].amount < 1:
        raise ValueError('must read like "30/minute" or "100 per 2 hours", or be "off"')
    return limits[0]
