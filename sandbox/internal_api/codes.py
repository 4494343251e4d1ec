"""One-time codes and the tokens that right ones bring: how they are made, kept and compared."""

import base64
import hashlib
import hmac
import secrets

# Ten milliseconds here are hours for whoever tries all codes on a stolen table.
_COST = {"n": 2**12, "r": 8, "p": 1}


def new_verification_id() -> str:
    """Return an id that nobody guesses."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**6):06d}"


def new_salt() -> str:
    """Return sixteen random bytes, in hexadecimal."""
    return secrets.token_hex(16)


def code_digest(code: str, salt: str) -> str:
    """Return what is kept of a code, in hexadecimal."""
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), **_COST).hex()


def token_for(verification_id: str, secret: str) -> str:
    """Return the token that this verification brings, always the same one.

    It is reckoned from the id, so that an answer can be given again though no token is kept anywhere.
    """
    whole = hmac.digest(secret.encode(), f"verification {verification_id}".encode(), "sha256")
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def token_digest(token: str) -> str:
    """Return what is kept of a token, in hexadecimal: long and random, it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_same(digest: str, other: str) -> bool:
    """Compare digests in a time that does not tell where they differ."""
    return hmac.compare_digest(digest, other)
