from launcher.environment import environment, needs_sandbox, setting
from sandbox.twilio.content_templates import APPROVED, LIST_PICKERS, QUICK_REPLIES

LIVE = {"TWILIO_API_BASE_URL": "https://api.twilio.com", "INTERNAL_API_URL": "https://api.example.com"}


def test_silences_the_dependencies_and_telemetry(tmp_path):
    variables = environment(tmp_path, {"SQLALCHEMY_WARN_20": "1"})
    assert variables["RASA_TELEMETRY_ENABLED"] == "false"
    assert variables["TF_CPP_MIN_LOG_LEVEL"] == "3"
    assert variables["SQLALCHEMY_SILENCE_UBER_WARNING"] == "1"
    assert "SQLALCHEMY_WARN_20" not in variables


def test_what_is_given_wins_over_the_file_and_the_file_over_the_defaults(tmp_path):
    (tmp_path / ".env").write_text("PUBLIC_URL=https://file.example\nTF_CPP_MIN_LOG_LEVEL=0\nLOG_KEY=k\n")
    variables = environment(tmp_path, {"PUBLIC_URL": "https://given.example", "LOG_KEY": ""})
    assert variables["PUBLIC_URL"] == "https://given.example"
    assert variables["TF_CPP_MIN_LOG_LEVEL"] == "0"
    assert variables["LOG_KEY"] == "k"


def test_the_templates_used_against_the_sandbox_are_those_it_has(tmp_path):
    variables = environment(tmp_path, {})
    pairs = dict(pair.split("=") for pair in variables["TWILIO_QUICK_REPLY_SIDS"].split(","))
    assert {sid: int(count) for count, sid in pairs.items()} == {**QUICK_REPLIES, **LIST_PICKERS}
    approved = [variables[f"TWILIO_{kind}_TEMPLATE_SID"] for kind in ("WINDOW", "REMINDER")]
    assert approved == list(APPROVED)


def test_a_real_twilio_gets_no_templates_of_the_sandbox(tmp_path):
    variables = environment(tmp_path, LIVE)
    ours = {"TWILIO_QUICK_REPLY_SIDS", "TWILIO_WINDOW_TEMPLATE_SID", "TWILIO_REMINDER_TEMPLATE_SID"}
    assert not ours & variables.keys()


def test_own_templates_are_kept(tmp_path):
    variables = environment(tmp_path, {"TWILIO_QUICK_REPLY_SIDS": "2=HXmine"})
    assert variables["TWILIO_QUICK_REPLY_SIDS"] == "2=HXmine"


def test_the_sandbox_is_needed_for_twilio_or_for_the_internal_api():
    assert needs_sandbox({})
    assert needs_sandbox({**LIVE, "INTERNAL_API_URL": "http://localhost:8090/"})
    assert needs_sandbox({**LIVE, "TWILIO_API_BASE_URL": ""})
    assert not needs_sandbox(LIVE)
    assert not needs_sandbox({**LIVE, "INTERNAL_API_URL": "http://127.0.0.1:9000"})


def test_an_empty_variable_counts_as_unset():
    assert setting({"PUBLIC_URL": ""}, "PUBLIC_URL", "http://127.0.0.1:5005") == "http://127.0.0.1:5005"
    assert setting({"PUBLIC_URL": "https://x.example/"}, "PUBLIC_URL", "") == "https://x.example"
