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
        with pytest.raises(SettingsError, match="INTERNAL_API_TOKEN must be set in production"):
            get_settings()
    get_settings.cache_clear()
    monkeypatch.setenv("INTERNAL_API_TOKEN", "a-token-of-ours")
    assert get_settings()


def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTION", "perhaps")
    with pytest.raises(SettingsError, match="PRODUCTION: "):
        get_settings()
