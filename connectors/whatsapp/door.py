"""Who may come in: the checks that a webhook passes before its content is used."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import parse_qsl, urlsplit

from multidict import MultiDict, MultiMapping

from connectors.errors import MalformedForm, Refused
from connectors.settings import Settings

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 200
MAX_NAME = 128

_FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_TYPE = "application/json"
# Twilio appends the hash, so that it ends what is signed: nothing a customer wrote can follow or hold it.
_BODY_HASH = re.compile(r"[?&]bodySHA256=([0-9a-f]{64})$")
# A signature does not say in which order the values of one name came, nor how often the same one did.
_ONLY_ONCE = ("MessageSid", "From", "To", "Body", "MessageStatus")
_TOLD_BY_PROXIES = re.compile(r"forwarded|x-forwarded-.*|x-real-ip|x-client-ip|via", re.IGNORECASE)

_HOST = r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])"
_HOST_AND_PORT = re.compile(rf"({_HOST})(?::([0-9]{{1,5}}))?")
_FORWARDED_PAIR = re.compile(
    r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]*))[ \t]*([;,]|$)"
)
_STANDARD_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class Knock:
    """One request as it reached us.

    Attributes:
        target: path and query exactly as they were requested.
        headers: looked up without regard to case.
        peer: address at the other end of the connection, never what a header claims.
        body: the raw body.
    """

    target: str
    headers: MultiMapping[str]
    peer: str
    body: bytes = b""


@dataclass(frozen=True)
class _Origin:
    """Who sent a request, and the scheme and host that they sent it to if proxies say so."""

    client: str
    base_url: str | None = None


class Door:
    """Lets in what Twilio signed for this account and for an address of ours.

    The signature is Twilio's: https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        self._public_urls = _with_and_without_port(settings.public_url)
        self._account_sid = settings.twilio_account_sid
        self._keys = [token.encode() for token in settings.auth_tokens]
        self._loopback_only = settings.trusts_loopback_only
        self._proxies = settings.trusted_networks

    def admit(self, knock: Knock) -> MultiDict[str]:
        """Return the fields of a request that Twilio signed, of a form or of a flat JSON object.

        Raises:
            Refused: 403 for who is not Twilio, 413 for too much, 415 for no form, 400 for a broken one.
        """
        check_size(len(knock.body))
        if self._loopback_only and not is_local(knock):
            raise Refused(403, "the sandbox's token counts on this machine only")
        signature = knock.headers.get("x-twilio-signature")
        if not signature:
            raise Refused(403, "no signature")
        try:
            form = self._signed_fields(knock, signature)
        except MalformedForm as exc:
            raise Refused(400, "malformed form") from exc
        if form.getall("AccountSid", []) != [self._account_sid]:
            raise Refused(403, "another account")
        if any(len(form.getall(name, [])) > 1 for name in _ONLY_ONCE):
            raise Refused(400, "ambiguous form")
        return form

    def client_address(self, knock: Knock) -> str:
        """Return the address of whoever sent the request: the peer, or who the peer says if it is a proxy of ours."""
        return self._origin(knock).client

    def _signed_fields(self, knock: Knock, signature: str) -> MultiDict[str]:
        content_type = knock.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type == _FORM_TYPE:
            form = parse_form(knock.body)
            if self._is_signed(knock, form, signature):
                return form
        elif content_type == _JSON_TYPE:
            # Of a body that is no form, Twilio signs a hash in the query: both must hold.
            is_whole = _has_signed_hash(knock)
            if self._is_signed(knock, MultiDict(), signature) and is_whole:
                return parse_json(knock.body)
        else:
            raise Refused(415, "not a form")
        raise Refused(403, "wrong signature")

    def _is_signed(self, knock: Knock, form: MultiDict[str], signature: str) -> bool:
        fields = "".join(name + value for name, value in sorted(set(form.items())))
        given = signature.encode("utf-8", "backslashreplace")
        told = self._origin(knock).base_url if self._proxies else None
        urls = [url + knock.target for url in (*self._public_urls, *(_with_and_without_port(told) if told else ()))]
        expected = [_signature(key, url + fields) for key in self._keys for url in urls]
        # All are compared, so that the time taken does not tell which one came close.
        return any([hmac.compare_digest(each, given) for each in expected])  # noqa: C419

    def _origin(self, knock: Knock) -> _Origin:
        """Return where a request came from; headers count from our proxies only, and only if all say the same.

        A proxy that writes one family of headers may pass on the other as its client made it up.
        """
        direct = _Origin(_plain_address(knock.peer) or knock.peer)
        if not self._is_trusted(direct.client):
            return direct
        told = {self._by_forwarded(knock, direct), self._by_x_forwarded(knock, direct)} - {None}
        return (told.pop() or direct) if len(told) == 1 else direct

    def _by_forwarded(self, knock: Knock, direct: _Origin) -> _Origin | None:
        """Read RFC 7239: one element for each proxy, the last one written by our peer."""
        if not (text := _joined(knock, "forwarded")):
            return None
        if not (hops := _read_forwarded(text)):
            return direct
        hop = hops[self._outermost([hop.get("for", "") for hop in hops])]
        base_url = None
        if "host" in hop or "proto" in hop:
            base_url = self._base_url(knock, hop.get("proto"), hop.get("host"))
        return _Origin(_plain_address(hop.get("for", "")) or direct.client, base_url)

    def _by_x_forwarded(self, knock: Knock, direct: _Origin) -> _Origin | None:
        """Read X-Forwarded-For, -Proto, -Host and -Port, which may hold one value for all proxies or one for each.

        There is no -Prefix: what a proxy takes off the path belongs into PUBLIC_URL.
        """
        names = ("for", "proto", "host", "port")
        clients, *rest = (_split(_joined(knock, f"x-forwarded-{name}")) for name in names)
        if not clients and not any(rest):
            return None
        place = self._outermost(clients) - len(clients) if clients else -1
        proto, host, port = (values[max(place, -len(values))] if values else None for values in rest)
        client = _plain_address(clients[place]) if clients else None
        base_url = self._base_url(knock, proto, host, port) if any(rest) else None
        return _Origin(client or direct.client, base_url)

    def _outermost(self, clients: Sequence[str]) -> int:
        """Return the place of the last client that is no proxy of ours: what stands before it may be made up."""
        places = range(len(clients) - 1, -1, -1)
        return next((place for place in places if not self._is_trusted(_plain_address(clients[place]))), 0)

    def _is_trusted(self, address: str | None) -> bool:
        return bool(address) and any(ip_address(address or "") in network for network in self._proxies)

    def _base_url(self, knock: Knock, proto: str | None, host: str | None, port: str | None = None) -> str | None:
        scheme = (proto or urlsplit(self._public_url).scheme).lower()
        named = _HOST_AND_PORT.fullmatch(host or knock.headers.get("host", ""))
        if scheme not in _STANDARD_PORTS or not named or not re.fullmatch(r"[0-9]{0,5}", port or ""):
            return None
        number = named[2] or port or _STANDARD_PORTS[scheme]
        return f"{scheme}://{named[1]}:{number}"


def check_size(size: int) -> None:
    """Refuse (413) a body of more than 64 KiB; Twilio's largest form has a tenth of that."""
    if size > MAX_BODY_BYTES:
        raise Refused(413, "too large")


def parse_form(body: bytes) -> MultiDict[str]:
    """Return all fields of a form, the empty ones too: Twilio signs those as well.

    Raises:
        MalformedForm: the body is not UTF-8, not `name=value` pairs, has more than 200 of them, or
            names that nobody could have meant.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
        )
    except ValueError as exc:
        raise MalformedForm("not a form") from exc
    return _fields(pairs)


def parse_json(body: bytes) -> MultiDict[str]:
    """Return the members of a flat JSON object of strings, as if they had come as a form.

    Raises:
        MalformedForm: the body is anything else.
    """
    try:
        # Objects become tuples, to tell them from arrays and to keep what was given twice.
        content = json.loads(body.decode("utf-8"), object_pairs_hook=tuple)
    except (ValueError, RecursionError) as exc:
        raise MalformedForm("not JSON") from exc
    if not isinstance(content, tuple) or not all(isinstance(value, str) for _, value in content):
        raise MalformedForm("not a flat object of strings")
    return _fields(content)


def _fields(pairs: Sequence[tuple[str, str]]) -> MultiDict[str]:
    if len(pairs) > MAX_FIELDS:
        raise MalformedForm("too many fields")
    for name, value in pairs:
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME:
            raise MalformedForm("a name that is none")
        if re.search("[\ud800-\udfff]", value):
            raise MalformedForm("half a character")
    return MultiDict(pairs)


def _signature(key: bytes, text: str) -> bytes:
    return base64.b64encode(hmac.digest(key, text.encode(), "sha1"))


def _has_signed_hash(knock: Knock) -> bool:
    found = _BODY_HASH.search(knock.target)
    is_only_one = knock.target.count("bodySHA256=") == 1
    digest = hashlib.sha256(knock.body).hexdigest()
    return hmac.compare_digest(found[1] if found else "", digest) and is_only_one


def _with_and_without_port(base_url: str) -> set[str]:
    """Return the URL in both ways: Twilio's validators accept either, because it signs either."""
    scheme, _, rest = base_url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    name, port = host, ""
    if not host.endswith("]") and ":" in host:
        name, _, port = host.rpartition(":")
    hosts = {name, f"{name}:{port or _STANDARD_PORTS[scheme]}"}
    return {f"{scheme}://{user}{at}{each}{slash}{path}" for each in hosts}


def is_local(knock: Knock) -> bool:
    """Tell whether a request comes from this machine, and through no proxy that says so."""
    if any(_TOLD_BY_PROXIES.fullmatch(name) for name in knock.headers):
        return False
    address = _plain_address(knock.peer)
    return address is not None and ip_address(address).is_loopback


@lru_cache(maxsize=1024)
def _plain_address(text: str) -> str | None:
    """Return the address in `text`, without brackets, port and IPv4 mapping; None if there is none."""
    match = re.fullmatch(r"\[([^\]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+", text)
    try:
        address: IPv4Address | IPv6Address = ip_address((match[1] or match[2]) if match else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _joined(knock: Knock, name: str) -> str:
    """Return all lines of a header as one: a proxy may add its own line below a made-up one."""
    return ",".join(knock.headers.getall(name, []))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text.strip() else []


def _read_forwarded(text: str) -> list[dict[str, str]]:
    """Return the elements of a Forwarded header, or none of them if it cannot be read to its end."""
    hops: list[dict[str, str]] = [{}]
    place = 0
    while place < len(text):
        pair = _FORWARDED_PAIR.match(text, place)
        if not pair:
            return []
        quoted, plain = pair[2], pair[3]
        hops[-1][pair[1].lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        if pair[4] == ",":
            hops.append({})
        place = pair.end()
    return hops
