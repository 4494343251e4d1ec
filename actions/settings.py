"""What the action server reads from its environment, checked once at the first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AnyHttpUrl, BaseSettings, Field, SecretStr, ValidationError, root_validator, validator

from actions.internal_api.mapping import MappingError, load_mapping
from actions.phrasing.style import load_style

ROOT = Path(__file__).resolve().parent.parent
SANDBOX_API_TOKEN = "sandbox-api-token"  # noqa: S105 -- public on purpose, and refused in production

FREE_REQUESTS_PER_MINUTE = 20
"""What OpenRouter allows of its free models: https://openrouter.ai/docs/api-reference/limits."""


_SANDBOX = "http://127.0.0.1:8090"


class Settings(BaseSettings):
    """The action server's settings; an empty variable counts as unset.

    Times are in seconds.
    """

    business_timezone: str = "America/Mexico_City"
    internal_api_url: AnyHttpUrl = AnyHttpUrl(_SANDBOX, scheme="http")
    internal_api_token: SecretStr = SecretStr(SANDBOX_API_TOKEN)
    internal_api_timeout: float = Field(default=5.0, gt=0, le=30)
    internal_api_concurrency: int = Field(default=32, ge=1, le=1000)
    internal_api_mapping: str = "contract/mapping.yml"
    openrouter_api_key: SecretStr | None = None
    openrouter_base_url: AnyHttpUrl = AnyHttpUrl("https://openrouter.ai/api/v1", scheme="https")
    openrouter_model: str = "meta-llama/llama-3.1-8b-instruct:free"
    openrouter_fallback_models: str = ""
    openrouter_requests_per_minute: int | None = Field(default=None, ge=1)
    openrouter_referer: str = ""
    openrouter_title: str = "Orquestador Conversacional"
    phrasing_timeout: float = Field(default=4.0, gt=0, le=30)
    phrasing_concurrency: int = Field(default=16, ge=1, le=1000)
    phrasing_style: str = "estilo.yml"
    second_opinion: bool = False
    second_opinion_threshold: float = Field(default=0.8, ge=0, le=1)
    redis_url: str | None = Field(default=None, repr=False)
    production: bool | None = None
    # Only to know whether this is live: the action server never calls Twilio.
    twilio_api_base_url: AnyHttpUrl = AnyHttpUrl(_SANDBOX, scheme="http")

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

    @validator("internal_api_mapping")
    def _mapping_is_whole(cls, value: str) -> str:  # noqa: N805
        try:
            load_mapping(ROOT / value)
        except MappingError as exc:
            raise ValueError(str(exc)) from exc
        return value

    @validator("phrasing_style")
    def _style_is_sound(cls, value: str) -> str:  # noqa: N805
        load_style(ROOT / value)
        return value

    @validator("openrouter_title", "openrouter_referer")
    def _fits_a_header(cls, value: str) -> str:  # noqa: N805
        if not value.isascii() or not value.isprintable():
            raise ValueError("goes into a header: plain ASCII, please")
        return value

    @root_validator(skip_on_failure=True)
    def _is_fit_for_production(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        told, is_live = values["production"], _is_twilios(values["twilio_api_base_url"])
        is_production = is_live or not _is_this_machine(values["internal_api_url"]) if told is None else told
        problems = _unfit_for_production(values, is_live=is_live) if is_production else []
        if problems:
            raise ValueError("in production " + ", ".join(problems))
        return values

    @property
    def mapping_file(self) -> Path:
        """Where the business's system has each operation."""
        return ROOT / self.internal_api_mapping

    @property
    def style_file(self) -> Path:
        """How the assistant sounds."""
        return ROOT / self.phrasing_style

    @property
    def fallback_models(self) -> list[str]:
        """The models that OpenRouter may turn to where the first one fails, in order."""
        return [model.strip() for model in self.openrouter_fallback_models.split(",") if model.strip()]

    @property
    def requests_per_minute(self) -> int | None:
        """How often the model may be asked a minute; None for as often as one likes."""
        if self.openrouter_requests_per_minute or not self.openrouter_model.endswith(":free"):
            return self.openrouter_requests_per_minute
        return FREE_REQUESTS_PER_MINUTE

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
        problems = [(".".join(map(str, error["loc"])).upper(), error["msg"]) for error in exc.errors()]
        lines = [message if name == "__ROOT__" else f"{name}: {message}" for name, message in problems]
        raise SettingsError("The environment cannot be used. " + "; ".join(lines)) from exc


def _unfit_for_production(values: Mapping[str, Any], *, is_live: bool) -> list[str]:
    """Gives what would suit development only."""
    problems = []
    if values["internal_api_token"].get_secret_value() == SANDBOX_API_TOKEN:
        problems.append("INTERNAL_API_TOKEN must be set: everybody knows the sandbox's token")
    if is_live and values["internal_api_url"] == _SANDBOX:
        problems.append("INTERNAL_API_URL must be set: it is the sandbox's")
    problems += [
        f"{name.upper()} must be https: it leads out of your network"
        for name in ("internal_api_url", "openrouter_base_url")
        if urlsplit(values[name]).scheme != "https" and not _is_near(values[name])
    ]
    return problems


def _is_twilios(url: str) -> bool:
    return f".{urlsplit(url).hostname or ''}".rstrip(".").endswith(".twilio.com")


def _is_near(url: str) -> bool:
    """Tells whether an address is in one's own network: private, or a name without a dot, as in compose."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".internal", ".local"))


def _is_this_machine(url: str) -> bool:
    # A default is not taken apart by pydantic.
    host = urlsplit(url).hostname
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
