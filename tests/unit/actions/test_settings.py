from collections.abc import Iterator

import pytest

from actions.settings import Settings, SettingsError, get_settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Settings.__config__, "env_file", None)
    for name in Settings.__fields__:
        monkeypatch.delenv(name.upper(), raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("production", "url", "starts"),
    [
        ("", "", True),
        ("", "http://127.0.0.1:8090", True),
        ("", "http://localhost:8090", True),
        ("", "http://[::1]:8090", True),
        ("", "http://sandbox:8090", False),
        ("", "https://api.example.com", False),
        ("false", "https://api.example.com", True),
        ("true", "http://127.0.0.1:8090", False),
    ],
)
def test_the_public_token_of_the_internal_api_stops_the_start_in_production(
    production: str, url: str, starts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODUCTION", production)
    monkeypatch.setenv("INTERNAL_API_URL", url)
    if starts:
        assert get_settings()
    else:
        with pytest.raises(SettingsError, match="in production INTERNAL_API_TOKEN must be set"):
            get_settings()
    get_settings.cache_clear()
    monkeypatch.setenv("INTERNAL_API_TOKEN", "a-token-of-ours")
    assert get_settings()


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("INTERNAL_API_URL", "http://api.example.com", "INTERNAL_API_URL must be https"),
        ("INTERNAL_API_URL", "", "INTERNAL_API_URL must be set"),
        ("OPENROUTER_BASE_URL", "http://openrouter.example/api/v1", "OPENROUTER_BASE_URL must be https"),
        ("INTERNAL_API_TOKEN", "", "INTERNAL_API_TOKEN must be set"),
        ("INTERNAL_API_URL", "http://10.0.0.7:9000", None),
        ("INTERNAL_API_URL", "http://api:9000", None),
        ("INTERNAL_API_URL", "http://127.0.0.1:9000", None),
    ],
)
def test_with_twilios_real_api_nothing_starts_that_would_suit_development_only(
    variable: str, value: str, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_API_BASE_URL", "https://api.twilio.com")
    monkeypatch.setenv("INTERNAL_API_URL", "https://api.example.com")
    monkeypatch.setenv("INTERNAL_API_TOKEN", "a-token-of-ours")
    monkeypatch.setenv(variable, value)
    if problem is None:
        assert get_settings()
    else:
        with pytest.raises(SettingsError, match=problem):
            get_settings()


def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTION", "perhaps")
    with pytest.raises(SettingsError, match="PRODUCTION: "):
        get_settings()
