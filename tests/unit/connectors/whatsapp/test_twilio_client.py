import pytest

from connectors.settings import Settings
from connectors.whatsapp.twilio_client import TwilioClient


@pytest.mark.parametrize(
    ("base", "typing"),
    [
        ("https://api.twilio.com", "https://messaging.twilio.com/v2/Indicators/Typing.json"),
        ("https://proxy.example", "https://proxy.example/v2/Indicators/Typing.json"),
    ],
)
def test_the_typing_indicator_has_a_host_of_its_own_at_the_real_twilio(base: str, typing: str) -> None:
    client = TwilioClient(Settings(twilio_auth_token="ours", twilio_api_base_url=base, production=False))
    assert client._typing_url == typing
