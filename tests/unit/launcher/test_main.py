import pytest

from launcher import __main__ as command_line
from launcher.process import LauncherError, outcome


def test_an_error_is_one_plain_message_and_a_failing_status(monkeypatch, capsys):
    def fail(arguments):
        raise LauncherError("port 5005, which rasa needs, is taken")

    monkeypatch.setitem(command_line.COMMANDS, "run", fail)
    assert command_line.main(["run"]) == 1
    assert capsys.readouterr().out == "run: port 5005, which rasa needs, is taken\n"


def test_options_reach_rasa(monkeypatch):
    seen = []
    monkeypatch.setitem(command_line.COMMANDS, "rasa", lambda arguments: seen.extend(arguments) or 0)
    assert command_line.main(["rasa", "data", "validate", "--fail-on-warnings"]) == 0
    assert seen == ["data", "validate", "--fail-on-warnings"]


@pytest.mark.parametrize("arguments", [[], ["fly"], ["train", "--hard"]])
def test_what_it_cannot_do_is_refused_with_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_an_end_is_told_by_status_or_by_signal():
    assert outcome(3) == "exit status 3"
    assert outcome(-9) == "signal SIGKILL"
