"""The settings of the Rasa side, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import BaseSettings, Field, ValidationError, root_validator, validator

from connectors.errors import SettingsError
from connectors.setting_values import OFF, TEMPLATE, database, limit, listed, named_tokens, networks, templates, webhook

if TYPE_CHECKING:
    from limits import RateLimitItem

ENV_FILE = Path(__file__).resolve().parent.parent / ".env"
SANDBOX_AUTH_TOKEN = "sandbox-auth-token"  # noqa: S105 -- public on purpose, and refused outside this machine
SANDBOX_LOG_KEY = "sandbox-log-key"
SANDBOX_ACCOUNT_SID = "AC" + 32 * "0"
LEAST_RETENTION_DAYS = 7
"""What Twilio may bring once more, by a webhook or when it is asked, must still be known."""


class Settings(BaseSettings):
    """What the Rasa side can be told; every default suits development against the sandbox."""

    alert_backlog_seconds: float = Field(default=60, gt=0, le=24 * 3600)
    alert_error_rate: float = Field(default=0.2, gt=0, le=1)
    alert_handed_over_hours: float = Field(default=12, gt=0, le=365 * 24)
    alert_refused_signatures: int = Field(default=20, ge=1)
    alert_seconds: float = Field(default=30, ge=5, le=3600)
    alert_webhook_url: str | None = Field(default=None, repr=False)
    database_url: str = Field(default="sqlite:///var/orquestador.db", repr=False)
    business_timezone: str = "America/Mexico_City"
    logging_enabled: bool = True
    log_key: str = Field(default=SANDBOX_LOG_KEY, repr=False)
    log_retention_days: int = Field(default=365, ge=LEAST_RETENTION_DAYS, le=36_500)
    log_spool_folder: str = "var/log_spool"
    log_spool_rows: int = Field(default=100_000, ge=1_000)
    orchestrator_address_limit: str = "120/minute"
    orchestrator_token: str | None = Field(default=None, repr=False)
    public_url: str = "http://127.0.0.1:5005"
    rasa_confidence_threshold: float = Field(default=0.7, ge=0, le=1)
    production: bool | None = None
    redis_url: str | None = Field(default=None, repr=False)
    trusted_proxies: str | None = None
    twilio_account_sid: str = SANDBOX_ACCOUNT_SID
    twilio_api_base_url: str = "http://127.0.0.1:8090"
    twilio_auth_token: str = Field(default=SANDBOX_AUTH_TOKEN, repr=False)
    twilio_phone_number: str = Field(default="+15005550006", regex=r"^\+[1-9]\d{5,14}$")
    twilio_quick_reply_sids: str | None = None
    twilio_reminder_template_sid: str | None = Field(default=None, regex=f"^{TEMPLATE}$")
    twilio_window_template_sid: str | None = Field(default=None, regex=f"^{TEMPLATE}$")
    whatsapp_address_limit: str = "60/minute"
    whatsapp_burst_seconds: float = Field(default=0.5, ge=0, le=60)
    whatsapp_contact_limit: str = "30/minute"
    whatsapp_give_up_minutes: float = Field(default=60, gt=0, le=7 * 24 * 60)
    whatsapp_lease_seconds: float = Field(default=15, gt=0, le=3600)
    # Longer than a turn that waits for the model until PHRASING_TIMEOUT: its answer would come right after.
    whatsapp_patience_seconds: float = Field(default=6, ge=0, le=60)
    whatsapp_reconcile_seconds: float = Field(default=60, ge=0, le=24 * 3600)
    whatsapp_sends_per_second: int = Field(default=80, ge=1, le=10_000)
    whatsapp_turn_attempts: int = Field(default=5, ge=1, le=1000)
    whatsapp_turns_in_flight: int = Field(default=8, ge=1)

    class Config:
        """The environment counts, then `.env`; what is frozen cannot drift between its readers."""

        frozen = True
        # The defaults are known to be good.
        validate_all = False

        @classmethod
        def customise_sources(
            cls, init_settings: Source, env_settings: Source, file_secret_settings: Source
        ) -> tuple[Source, ...]:
            """Replace pydantic's own reading, to which an empty variable is a value."""
            return init_settings, _environment

    @validator("database_url")
    def _names_a_database(cls, url: str) -> str:  # noqa: N805
        # SQLAlchemy knows it by its full name only.
        url = "postgresql" + url[len("postgres") :] if url.startswith("postgres://") else url
        database(url)
        return url

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
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
            raise ValueError("must be an http(s) URL")
        if parts.query or parts.fragment:
            raise ValueError("must be without query or fragment")
        return url.rstrip("/")

    @validator("alert_webhook_url")
    def _is_webhook(cls, url: str | None) -> str | None:  # noqa: N805
        return None if url is None else webhook(url)

    @validator("twilio_auth_token")
    def _names_a_token(cls, value: str) -> str:  # noqa: N805
        if not listed(value):
            raise ValueError("names no token")
        return value

    @validator("redis_url")
    def _is_redis_url(cls, url: str | None) -> str | None:  # noqa: N805
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname or parts.port == 0:
            raise ValueError("must read like redis://host:6379/0, or rediss:// for TLS")
        return url

    @validator("trusted_proxies")
    def _proxies_are_networks(cls, value: str | None) -> str | None:  # noqa: N805
        networks(value)
        return value

    @validator("twilio_quick_reply_sids")
    def _templates_are_readable(cls, value: str | None) -> str | None:  # noqa: N805
        templates(value)
        return value

    @validator("orchestrator_token")
    def _names_tokens(cls, value: str | None) -> str | None:  # noqa: N805
        named_tokens(value)
        return value

    @validator("orchestrator_address_limit", "whatsapp_address_limit", "whatsapp_contact_limit")
    def _limit_is_readable(cls, value: str) -> str:  # noqa: N805
        value = value.strip().lower()
        limit(value)
        return value

    @root_validator
    def _is_fit_for_production(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if _is_production(values):
            checked = [(name, check(values[name]), why) for name, check, why in _UNFIT_FOR_PRODUCTION if name in values]
            if problems := [f"{name.upper()} {why}" for name, is_unfit, why in checked if is_unfit]:
                raise ValueError("in production " + ", ".join(problems))
        return values

    @root_validator(skip_on_failure=True)
    def _the_public_token_stays_on_this_machine(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        if SANDBOX_AUTH_TOKEN in listed(values["twilio_auth_token"]):
            for name in ("twilio_api_base_url", "public_url"):
                if not _is_this_machine(values[name]):
                    raise ValueError(
                        f"TWILIO_AUTH_TOKEN must be set when {name.upper()} is not on this machine: "
                        "everybody knows the sandbox's token"
                    )
        return values

    @property
    def is_production(self) -> bool:
        """Whether customers are real: as PRODUCTION says, otherwise if Twilio is the real one."""
        return _is_production(self.__dict__)

    @property
    def log_spool(self) -> Path:
        """Where rows of the conversation log wait for the database; a relative folder is taken from the project's."""
        return ENV_FILE.parent / self.log_spool_folder

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The addresses of the proxies whose word on a request's origin counts."""
        return networks(self.trusted_proxies)

    @property
    def contact_limit(self) -> RateLimitItem | None:
        """How many messages of one contact are answered in a window of time; None is no limit."""
        return limit(self.whatsapp_contact_limit)

    @property
    def address_limit(self) -> RateLimitItem | None:
        """How many requests of one address are refused one by one; None is no limit."""
        return limit(self.whatsapp_address_limit)

    @property
    def orchestrator_limit(self) -> RateLimitItem | None:
        """How many requests one address may make of the admin API in a window of time; None is no limit."""
        return limit(self.orchestrator_address_limit)

    @property
    def orchestrator_tokens(self) -> tuple[tuple[str, str], ...]:
        """The bearer tokens that open the admin API, each after the name of whose it is."""
        return named_tokens(self.orchestrator_token)

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """The tokens whose signatures are accepted; the first one signs our own requests."""
        return listed(self.twilio_auth_token)

    @property
    def trusts_loopback_only(self) -> bool:
        """Whether a signature proves nothing, because its token is the sandbox's public one."""
        return SANDBOX_AUTH_TOKEN in self.auth_tokens

    @property
    def quick_reply_templates(self) -> dict[int, str]:
        """The Content API template (`HX…`) for each number of buttons, from 1 to 10."""
        return templates(self.twilio_quick_reply_sids)


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


def _is_production(values: Mapping[str, Any]) -> bool:
    if (said := values.get("production")) is not None:
        return bool(said)
    host = urlsplit(values.get("twilio_api_base_url", "")).hostname or ""
    return f".{host}".rstrip(".").endswith(".twilio.com")


def _is_this_machine(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


_UNFIT_FOR_PRODUCTION: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("log_key", lambda key: key == SANDBOX_LOG_KEY, "must be a secret of your own"),
    ("orchestrator_address_limit", lambda limit: limit == OFF, "must not be off"),
    ("public_url", lambda url: not _is_https(url), "must be https"),
    ("public_url", _is_this_machine, "must be an address that Twilio can reach"),
    ("twilio_account_sid", lambda sid: sid == SANDBOX_ACCOUNT_SID, "must be your account's"),
    ("twilio_api_base_url", lambda url: not _is_https(url), "must be https"),
    ("twilio_auth_token", lambda tokens: SANDBOX_AUTH_TOKEN in listed(tokens), "must be your account's"),
    ("whatsapp_address_limit", lambda limit: limit == OFF, "must not be off"),
    ("whatsapp_contact_limit", lambda limit: limit == OFF, "must not be off"),
)
