from pathlib import Path

from launcher import parts

LIVE = {"TWILIO_API_BASE_URL": "https://api.twilio.com", "INTERNAL_API_URL": "https://api.example.com"}


def test_the_ports_are_the_fixed_ones():
    all_parts = (*parts.companions({}), parts.rasa(Path("m")))
    assert {part.name: part.port for part in all_parts} == {"sandbox": 8090, "actions": 5055, "rasa": 5005}


def test_the_sandbox_stays_out_where_everything_is_real():
    assert [part.name for part in parts.companions(LIVE)] == ["actions"]


def test_the_action_server_is_ours_with_its_metrics():
    assert parts.ACTIONS.command[-3:] == ("actions.server", "--port", "5055")


def test_nothing_listens_beyond_this_machine():
    assert parts.ACTIONS.environment["SANIC_HOST"] == "127.0.0.1"
    for verb in ("run", "shell"):
        assert "--interface 127.0.0.1" in " ".join(parts.rasa_command(verb, Path("m")))


def test_rasas_own_api_that_can_load_models_is_off():
    assert "--enable-api" not in parts.rasa(Path("m")).command
