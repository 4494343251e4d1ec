from pathlib import Path

import pytest
from pydantic import ValidationError

from sandbox.settings import Settings, explain


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.__fields__:
        monkeypatch.delenv(name.upper(), raising=False)


def test_the_defaults_are_those_of_development() -> None:
    assert Settings().dict() == {
        "sandbox_host": "127.0.0.1",
        "sandbox_port": 8090,
        "sandbox_database_url": "sqlite:///var/sandbox.db",
        "business_timezone": "America/Mexico_City",
        "internal_api_token": "sandbox-api-token",
        "twilio_account_sid": "AC00000000000000000000000000000000",
        "twilio_auth_token": "sandbox-auth-token",
        "twilio_phone_number": "+15005550006",
        "public_url": "http://127.0.0.1:5005",
    }


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PORT", "")
    Path(".env").write_text("SANDBOX_PORT=9090\nBUSINESS_TIMEZONE=\n")
    assert (Settings().sandbox_port, Settings().business_timezone) == (9090, "America/Mexico_City")


def test_the_environment_wins_over_the_file_and_arguments_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SANDBOX_PORT=9090\n")
    monkeypatch.setenv("SANDBOX_PORT", "9091")
    assert Settings().sandbox_port == 9091
    assert Settings(sandbox_port=9092).sandbox_port == 9092


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUSINESS_TIMEZONE", "Mexico City"),
        ("BUSINESS_TIMEZONE", "/etc/passwd"),
        ("SANDBOX_PORT", "http"),
        ("SANDBOX_PORT", "0"),
        ("SANDBOX_DATABASE_URL", "sandbox.db"),
        ("SANDBOX_DATABASE_URL", "mysql://localhost/sandbox"),
        ("SANDBOX_DATABASE_URL", "sqlite://"),
        ("SANDBOX_DATABASE_URL", "postgresql://sandbox:secret@one:sandbox.db@localhost/sandbox"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert explain(caught.value).startswith(f"{name}: ")
    assert "@" not in explain(caught.value)
