"""The settings of the Rasa side, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import BaseSettings, Field, ValidationError, root_validator, validator

from connectors.errors import SettingsError

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"
SANDBOX_AUTH_TOKEN = "sandbox-auth-token"  # noqa: S105 -- public on purpose, and refused outside this machine
SANDBOX_LOG_KEY = "sandbox-log-key"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """What the Rasa side can be told; every default suits development against the sandbox."""

    database_url: str = Field(default="sqlite:///var/orquestador.db", repr=False)
    business_timezone: str = "America/Mexico_City"
    logging_enabled: bool = True
    log_key: str = Field(default=SANDBOX_LOG_KEY, repr=False)
    orchestrator_token: str | None = Field(default=None, repr=False)
    public_url: str = "http://127.0.0.1:5005"
    rasa_confidence_threshold: float = Field(default=0.7, ge=0, le=1)
    twilio_account_sid: str = "AC00000000000000000000000000000000"
    twilio_api_base_url: str = "http://127.0.0.1:8090"
    twilio_auth_token: str = Field(default=SANDBOX_AUTH_TOKEN, repr=False)
    twilio_phone_number: str = Field(default="+15005550006", regex=r"^\+[1-9]\d{5,14}$")
    twilio_quick_reply_sids: str | None = None
    whatsapp_turns_in_flight: int = Field(default=8, ge=1)

    class Config:
        """The environment counts, then `.env`; what is frozen cannot drift between its readers."""

        frozen = True

        @classmethod
        def customise_sources(
            cls, init_settings: Source, env_settings: Source, file_secret_settings: Source
        ) -> tuple[Source, ...]:
            """Replace pydantic's own reading, to which an empty variable is a value."""
            return init_settings, _environment

    @validator("database_url")
    def _name_postgresql_as_sqlalchemy_does(cls, url: str) -> str:  # noqa: N805
        return "postgresql" + url[len("postgres") :] if url.startswith("postgres://") else url

    @validator("business_timezone")
    def _timezone_exists(cls, name: str) -> str:  # noqa: N805
        try:
            ZoneInfo(name)
        except (LookupError, OSError) as exc:
            raise ValueError(f"no such time zone: {name}") from exc
        return name

    @validator("public_url", "twilio_api_base_url")
    def _is_http_url(cls, url: str) -> str:  # noqa: N805
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an http(s) URL without query or fragment")
        return url.rstrip("/")

    @validator("twilio_auth_token")
    def _names_a_token(cls, value: str) -> str:  # noqa: N805
        if not _listed(value):
            raise ValueError("names no token")
        return value

    @validator("twilio_quick_reply_sids")
    def _templates_are_readable(cls, value: str | None) -> str | None:  # noqa: N805
        _templates(value)
        return value

    @root_validator(skip_on_failure=True)
    def _the_public_token_stays_on_this_machine(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if SANDBOX_AUTH_TOKEN in _listed(values["twilio_auth_token"]):
            for name in ("twilio_api_base_url", "public_url"):
                if urlsplit(values[name]).hostname not in LOOPBACK_HOSTS:
                    raise ValueError(
                        f"TWILIO_AUTH_TOKEN must be set when {name.upper()} is not on this machine: "
                        "everybody knows the sandbox's token"
                    )
        return values

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens whose signatures are accepted; the first one signs our own requests."""
        return _listed(self.twilio_auth_token)

    @property
    def trusts_loopback_only(self) -> bool:
        """Whether a signature proves nothing, because its token is the sandbox's public one."""
        return SANDBOX_AUTH_TOKEN in self.auth_tokens

    @property
    def quick_reply_templates(self) -> dict[int, str]:
        """The Content API template (`HX…`) for each number of buttons."""
        return _templates(self.twilio_quick_reply_sids)


Source = Callable[[BaseSettings], dict[str, Any]]


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return this process's settings, read once.

    Raises:
        SettingsError: a variable's value cannot be used; the message names the variable.
    """
    try:
        return Settings()
    except ValidationError as exc:
        problems = [(str(error["loc"][0]), error["msg"]) for error in exc.errors()]
        raise SettingsError(
            "; ".join(msg if name == "__root__" else f"{name.upper()}: {msg}" for name, msg in problems)
        ) from None


def _environment(settings: BaseSettings) -> dict[str, Any]:
    values = {**_set(dotenv_values(ENV_FILE)), **_set(os.environ)}
    return {name: values[name.upper()] for name in settings.__fields__ if name.upper() in values}


def _set(variables: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value and value.strip()}


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _templates(value: str | None) -> dict[int, str]:
    templates = {}
    for pair in _listed(value or ""):
        count, _, sid = pair.partition("=")
        if not count.strip().isdigit() or not sid.strip().startswith("HX"):
            raise ValueError('must read like "2=HX…,3=HX…"')
        templates[int(count)] = sid.strip()
    return templates
