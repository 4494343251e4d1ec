import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from connectors import settings as module
from connectors.database import resolve_url
from connectors.errors import SettingsError
from connectors.settings import Settings, get_settings

ROOT = Path(__file__).resolve().parents[3]
LIVE = {
    "LOG_KEY": "a-key-of-ours",
    "PUBLIC_URL": "https://bot.example.com",
    "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
    "TWILIO_API_BASE_URL": "https://api.twilio.com",
    "TWILIO_AUTH_TOKEN": "ours",
}


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(module, "ENV_FILE", tmp_path / ".env")
    for name in Settings.__fields__:
        monkeypatch.delenv(name.upper(), raising=False)
    get_settings.cache_clear()
    yield tmp_path / ".env"
    get_settings.cache_clear()


def test_works_without_any_variable() -> None:
    settings = get_settings()
    assert settings.database_url == "sqlite:///var/orquestador.db"
    assert settings.trusts_loopback_only


def test_the_environment_goes_before_the_env_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("BUSINESS_TIMEZONE=America/Bogota\nTWILIO_PHONE_NUMBER=+15005550001\n")
    monkeypatch.setenv("BUSINESS_TIMEZONE", "America/Lima")
    settings = get_settings()
    assert settings.business_timezone == "America/Lima"
    assert settings.twilio_phone_number == "+15005550001"


def test_an_empty_variable_counts_as_unset(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("BUSINESS_TIMEZONE=America/Bogota\n")
    monkeypatch.setenv("BUSINESS_TIMEZONE", " ")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")
    assert get_settings().business_timezone == "America/Bogota"
    assert get_settings().trusts_loopback_only


@pytest.mark.parametrize("name", ["TWILIO_API_BASE_URL", "PUBLIC_URL"])
def test_the_sandboxs_token_stops_the_start_outside_this_machine(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "https://api.example.com")
    with pytest.raises(SettingsError, match=f"TWILIO_AUTH_TOKEN must be set when {name}"):
        get_settings()
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "new,old")
    assert get_settings().auth_tokens == ("new", "old")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_BACKLOG_SECONDS", "0"),
        ("ALERT_ERROR_RATE", "0"),
        ("ALERT_ERROR_RATE", "1.5"),
        ("ALERT_HANDED_OVER_HOURS", "nan"),
        ("ALERT_REFUSED_SIGNATURES", "0"),
        ("ALERT_SECONDS", "1"),
        ("ALERT_WEBHOOK_URL", "hooks.slack.com/services/T0/B0/s3cret"),
        ("ALERT_WEBHOOK_URL", "ftp://hooks.slack.com/services/T0/B0/s3cret"),
        ("ALERT_WEBHOOK_URL", "https://hooks.slack.com:s3cret/services"),
        ("BUSINESS_TIMEZONE", "Mexico"),
        ("PRODUCTION", "perhaps"),
        ("PUBLIC_URL", "bot.example.com"),
        ("PUBLIC_URL", "https://bot.example.com:0"),
        ("PUBLIC_URL", "https://bot.example.com/?a=1"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://localhost:port/0"),
        ("RASA_CONFIDENCE_THRESHOLD", "1.5"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TWILIO_AUTH_TOKEN", ","),
        ("TWILIO_PHONE_NUMBER", "whatsapp:+1500"),
        ("TWILIO_QUICK_REPLY_SIDS", "HX1"),
        ("TWILIO_QUICK_REPLY_SIDS", "2=HX1 3=HX2"),
        ("TWILIO_QUICK_REPLY_SIDS", "0=HX1"),
        ("TWILIO_QUICK_REPLY_SIDS", "11=HX1"),
        ("TWILIO_QUICK_REPLY_SIDS", "2=HX1,2=HX2"),
        ("TWILIO_WINDOW_TEMPLATE_SID", "MM1"),
        ("TWILIO_REMINDER_TEMPLATE_SID", "MM1"),
        ("WHATSAPP_PATIENCE_SECONDS", "-1"),
        ("WHATSAPP_PATIENCE_SECONDS", "61"),
        ("ORCHESTRATOR_ADDRESS_LIMIT", "many"),
        ("WHATSAPP_ADDRESS_LIMIT", "many"),
        ("WHATSAPP_BURST_SECONDS", "-1"),
        ("WHATSAPP_CONTACT_LIMIT", "0/minute"),
        ("WHATSAPP_CONTACT_LIMIT", "5/minute;100/hour"),
        ("WHATSAPP_GIVE_UP_MINUTES", "0"),
        ("WHATSAPP_LEASE_SECONDS", "0"),
        ("WHATSAPP_RECONCILE_SECONDS", "nan"),
        ("WHATSAPP_SENDS_PER_SECOND", "0"),
        ("WHATSAPP_TURN_ATTEMPTS", "0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        get_settings()


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("bot:s3cret@127.0.0.1", "must read like"),
        ("postgresql//bot:s3cret@127.0.0.1/bot", "must read like"),
        ("postgresql://bot:secret@s3cret:s3cret@127.0.0.1/bot", "must read like"),
        ("postgresql://bot:secret@s3cret@127.0.0.1/bot", "percent"),
        ("mysql://bot:s3cret@127.0.0.1/bot", "SQLite and PostgreSQL"),
        ("postgresql+asyncpg://bot:s3cret@127.0.0.1/bot", "SQLite and PostgreSQL"),
        ("s3cret://127.0.0.1/bot", "SQLite and PostgreSQL"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    url: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: ") as from_settings:
        get_settings()
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: ") as from_reading:
        resolve_url(url)
    for caught in (from_settings, from_reading):
        assert what in str(caught.value)
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///var/a.db",
        "postgresql://h/x",
        "postgresql+psycopg2://bot:a%40b@h:5432/x?sslmode=require",
        "postgresql://bot@/x?host=one:5432&host=other:5433",
    ],
)
def test_databases_of_both_kinds_are_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert get_settings().database_url == url


@pytest.mark.parametrize("command", [["connectors.whatsapp", "failed"], ["alembic", "current"]])
def test_no_command_prints_a_password(command: list[str]) -> None:
    environment = {**os.environ, "DATABASE_URL": "postgresql//bot:s3cret@127.0.0.1/bot"}
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "DATABASE_URL: " in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_reads_the_templates_by_their_number_of_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_QUICK_REPLY_SIDS", "1=HXa, 3 = HXb,10=HXc")
    assert get_settings().quick_reply_templates == {1: "HXa", 3: "HXb", 10: "HXc"}


def test_limits_are_read_with_their_window_or_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().contact_limit == RateLimitItemPerMinute(30)
    assert get_settings().address_limit == RateLimitItemPerMinute(60)
    get_settings.cache_clear()
    set_all(monkeypatch, {"WHATSAPP_CONTACT_LIMIT": "100 per 2 hours", "WHATSAPP_ADDRESS_LIMIT": "Off"})
    assert get_settings().contact_limit == RateLimitItemPerHour(100, 2)
    assert get_settings().address_limit is None


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().trusted_networks == ()
    get_settings.cache_clear()
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.5, 172.16.0.0/12,fd00::/8")
    assert get_settings().trusted_networks == tuple(map(ip_network, ("10.0.0.5", "172.16.0.0/12", "fd00::/8")))


@pytest.mark.parametrize(
    ("said", "twilio", "is_production"),
    [
        (None, "http://127.0.0.1:8090", False),
        (None, "http://sandbox:8090", False),
        (None, "https://twilio.com.example.com", False),
        (None, "https://eviltwilio.com", False),
        (None, "https://api.twilio.com", True),
        (None, "https://API.Twilio.com./", True),
        (None, "https://api.dublin.ie1.twilio.com", True),
        ("yes", "https://twilio.example.com", True),
        ("false", "https://api.twilio.com", False),
    ],
)
def test_production_is_what_is_said_and_otherwise_the_real_twilio(
    said: str | None, twilio: str, is_production: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, {**LIVE, "TWILIO_API_BASE_URL": twilio, "PRODUCTION": said or ""})
    assert get_settings().is_production is is_production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_KEY", ""),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "http://bot.example.com"),
        *(
            ("PUBLIC_URL", f"https://{host}")
            for host in ("localhost", "bot.localhost", "127.1.2.3", "[::1]", "0.0.0.0")
        ),
        ("TWILIO_ACCOUNT_SID", ""),
        ("TWILIO_API_BASE_URL", "http://api.twilio.com"),
        ("TWILIO_AUTH_TOKEN", ""),
        ("TWILIO_AUTH_TOKEN", "ours,sandbox-auth-token"),
        ("WHATSAPP_ADDRESS_LIMIT", "off"),
        ("WHATSAPP_CONTACT_LIMIT", "OFF"),
    ],
)
def test_production_starts_with_nothing_that_suits_development_only(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, LIVE)
    assert get_settings().is_production
    get_settings.cache_clear()
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^in production {name} must ") as error:
        get_settings()
    assert set(re.findall(r"[A-Z]+_[A-Z_]+", str(error.value))) == {name}


def test_production_needs_https_to_twilio_on_this_machine_too(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**LIVE, "PRODUCTION": "true", "TWILIO_API_BASE_URL": "http://127.0.0.1:8090"})
    with pytest.raises(SettingsError, match=r"^in production TWILIO_API_BASE_URL must be https$"):
        get_settings()


def test_one_error_names_all_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"WHATSAPP_CONTACT_LIMIT": "off", "WHATSAPP_ADDRESS_LIMIT": "off", "REDIS_URL": "x"}
    set_all(monkeypatch, {"TWILIO_API_BASE_URL": "http://api.twilio.com", **wrong})
    with pytest.raises(SettingsError) as error:
        get_settings()
    assert set(re.findall(r"[A-Z]+_[A-Z_]+", str(error.value))) == {*LIVE, *wrong}


def test_reading_the_settings_takes_no_package_that_is_slow_to_import() -> None:
    code = (
        "import sys; from connectors.settings import get_settings; get_settings(); "
        "print({m.split('.')[0] for m in sys.modules} & {'twilio', 'limits', 'valkey', 'rasa', 'sqlalchemy', 'httpx'})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "url", ["hooks.slack.com/services/s3cret", "https://hooks.slack.com:s3cret/", "https://[s3cret/"]
)
def test_an_error_about_the_webhook_keeps_its_secret(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_WEBHOOK_URL", url)
    with pytest.raises(SettingsError, match=r"^ALERT_WEBHOOK_URL: must be an http\(s\) URL$"):
        get_settings()


def test_a_webhook_is_taken_as_it_is_and_without_one_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().alert_webhook_url is None
    get_settings.cache_clear()
    monkeypatch.setenv("ALERT_WEBHOOK_URL", " https://hooks.example.com/a?key=b ")
    assert get_settings().alert_webhook_url == "https://hooks.example.com/a?key=b"


def test_secrets_are_not_shown() -> None:
    secrets = {"twilio_auth_token": "s3cret", "log_key": "k3y", "orchestrator_token": "t0ken-of-an-operator"}
    secrets["alert_webhook_url"] = "https://hooks.slack.com/services/T0/B0/h00k"
    shown = repr(Settings(**secrets, redis_url="redis://:passw0rd@host", database_url="postgresql://u:pwd@host/d"))
    assert not [secret for secret in (*secrets.values(), "passw0rd", "pwd") if secret in shown]


def test_tokens_of_the_admin_api_have_names_or_are_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_settings().orchestrator_tokens == ()
    get_settings.cache_clear()
    monkeypatch.setenv("ORCHESTRATOR_TOKEN", f"{'a' * 16}, ana.2:{'b' * 20}+/=,ana.2:{'c' * 16}")
    expected = (("operator", "a" * 16), ("ana.2", "b" * 20 + "+/="), ("ana.2", "c" * 16))
    assert get_settings().orchestrator_tokens == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("fifteen-letters", "at least 16 characters"),
        (f"{'a' * 16},ana:short", "at least 16 characters"),
        (f":{'a' * 16}", "must read like"),
        (f"an a:{'a' * 16}", "must read like"),
        (f"{'ñ' * 16}", "must read like"),
        (f"a:{'a' * 16},b:{'a' * 16}", "twice"),
    ],
)
def test_a_token_that_protects_nothing_stops_the_start(value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_TOKEN", value)
    with pytest.raises(SettingsError, match=f"^ORCHESTRATOR_TOKEN: .*{words}") as error:
        get_settings()
    assert value not in str(error.value)


def test_the_limit_of_the_admin_api_may_be_off_but_not_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_ADDRESS_LIMIT", "off")
    assert get_settings().orchestrator_limit is None
    get_settings.cache_clear()
    set_all(monkeypatch, LIVE)
    with pytest.raises(SettingsError, match="ORCHESTRATOR_ADDRESS_LIMIT must not be off"):
        get_settings()
