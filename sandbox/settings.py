"""The sandbox's settings, read from the environment and from `.env`."""

import os
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import BaseSettings, Field, ValidationError, validator
from pydantic.env_settings import SettingsSourceCallable
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def _from_environment(settings: BaseSettings) -> dict[str, Any]:
    """Return what the environment, then `.env`, say; an empty variable counts as unset in both."""
    present = {name: value for name, value in dotenv_values(".env").items() if value}
    present.update({name: value for name, value in os.environ.items() if value})
    return {name: present[name.upper()] for name in settings.__fields__ if name.upper() in present}


class Settings(BaseSettings):
    """What the sandbox runs with; every field is the environment variable of the same name in capitals."""

    sandbox_host: str = "127.0.0.1"
    sandbox_port: int = Field(default=8090, ge=1, le=65535)
    sandbox_database_url: str = "sqlite:///var/sandbox.db"
    business_timezone: str = "America/Mexico_City"
    internal_api_token: str = "sandbox-api-token"  # noqa: S105 - the public default of a development tool
    twilio_account_sid: str = "AC00000000000000000000000000000000"
    twilio_auth_token: str = "sandbox-auth-token"  # noqa: S105 - the public default of a development tool
    twilio_phone_number: str = "+15005550006"
    public_url: str = "http://127.0.0.1:5005"

    class Config:
        """Where the values come from: arguments first, then the environment."""

        @classmethod
        def customise_sources(
            cls,
            init_settings: SettingsSourceCallable,
            env_settings: SettingsSourceCallable,
            file_secret_settings: SettingsSourceCallable,
        ) -> tuple[Callable[[BaseSettings], dict[str, Any]], ...]:
            """Replace pydantic's environment source, which takes an empty variable for a value."""
            return init_settings, _from_environment

    @validator("business_timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"{value!r} is not an IANA time zone, such as America/Mexico_City") from exc
        return value

    @validator("sandbox_database_url")
    @classmethod
    def _url_is_supported(cls, value: str) -> str:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            # Theirs quotes it, password and all.
            raise ValueError("not a database URL, such as sqlite:///var/sandbox.db") from None
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError("only sqlite:///file and postgresql://… are supported")
        if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
            raise ValueError("SQLite needs a file, such as sqlite:///var/sandbox.db")
        return value


def explain(error: ValidationError) -> str:
    """Return the settings' errors as lines that name the environment variables."""
    return "\n".join(f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
