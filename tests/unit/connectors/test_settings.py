from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import settings as module
from connectors.errors import SettingsError
from connectors.settings import Settings, get_settings


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
        ("BUSINESS_TIMEZONE", "Mexico"),
        ("PUBLIC_URL", "bot.example.com"),
        ("RASA_CONFIDENCE_THRESHOLD", "1.5"),
        ("TWILIO_AUTH_TOKEN", ","),
        ("TWILIO_PHONE_NUMBER", "whatsapp:+1500"),
        ("TWILIO_QUICK_REPLY_SIDS", "HX1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: "):
        get_settings()


def test_reads_the_templates_by_their_number_of_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_QUICK_REPLY_SIDS", "2=HXa, 3=HXb")
    assert get_settings().quick_reply_templates == {2: "HXa", 3: "HXb"}


def test_secrets_are_not_shown() -> None:
    settings = Settings(twilio_auth_token="s3cret", log_key="k3y", orchestrator_token="t0ken")
    assert not {"s3cret", "k3y", "t0ken"} & set(repr(settings).replace("'", " ").split())
