import pytest

from connectors.errors import TwilioRejected, TwilioUnavailable
from connectors.settings import Settings
from connectors.whatsapp.twilio_client import MAX_RETRY_AFTER, TwilioClient, retry_delay


@pytest.mark.parametrize(
    ("error", "delay"),
    [
        (TwilioRejected("HTTP 400", 21610), False),
        (ValueError(), False),
        (TwilioUnavailable("HTTP 500"), True),
        (TwilioUnavailable("HTTP 429", 20429, 7.0), 7.0),
        (TwilioUnavailable("HTTP 429", 20429, 3600.0), MAX_RETRY_AFTER),
    ],
)
def test_waits_as_long_as_twilio_asks_within_bounds(error: Exception, delay: bool | float) -> None:
    assert retry_delay(error) == delay


@pytest.mark.parametrize(
    ("base", "typing"),
    [
        ("https://api.twilio.com", "https://messaging.twilio.com/v2/Indicators/Typing.json"),
        ("https://proxy.example", "https://proxy.example/v2/Indicators/Typing.json"),
    ],
)
def test_the_typing_indicator_has_a_host_of_its_own_at_the_real_twilio(base: str, typing: str) -> None:
    client = TwilioClient(Settings(twilio_auth_token="ours", twilio_api_base_url=base))
    assert client._typing_url == typing
