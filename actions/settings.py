"""What the action server reads from its environment, checked once at the first use."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AnyHttpUrl, BaseSettings, SecretStr, ValidationError, validator

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The action server's settings; an empty variable counts as unset.

    Times are in seconds.
    """

    business_timezone: str = "America/Mexico_City"
    internal_api_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8090", scheme="http")
    internal_api_token: SecretStr = SecretStr("sandbox-api-token")
    internal_api_timeout: float = 5.0
    openrouter_api_key: SecretStr | None = None
    openrouter_base_url: AnyHttpUrl = AnyHttpUrl("https://openrouter.ai/api/v1", scheme="https")
    openrouter_model: str = "meta-llama/llama-3.1-8b-instruct:free"
    phrasing_timeout: float = 4.0

    class Config:
        """Where the values come from."""

        env_file = ROOT / ".env"
        env_file_encoding = "utf-8"

    @validator("*", pre=True)
    def _empty_is_unset(cls, value: object, field: object) -> object:  # noqa: N805  (pydantic 1 validators)
        return getattr(field, "default", None) if value == "" else value

    @validator("business_timezone")
    def _known_zone(cls, value: str) -> str:  # noqa: N805
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError("is no time zone; write one like America/Mexico_City") from exc
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.business_timezone)


class SettingsError(Exception):
    """A variable of the environment is not usable; the message names it."""


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Gives the process's settings, read once.

    Raises:
        SettingsError: when a variable cannot be used.
    """
    try:
        return Settings()
    except ValidationError as exc:
        lines = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in exc.errors()]
        raise SettingsError("The environment cannot be used. " + "; ".join(lines)) from exc
