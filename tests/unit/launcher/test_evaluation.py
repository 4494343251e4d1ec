import json
import os
import sys

import pytest

from launcher import evaluation
from launcher.console import Console
from launcher.process import CommandError

REPORT = "import json, pathlib, sys; pathlib.Path('results').mkdir(); "


def evaluate(folder, monkeypatch, code):
    monkeypatch.setattr(evaluation, "QUIET_MODULE", (sys.executable, "-c", code))
    return evaluation.evaluate(folder, folder / "model", dict(os.environ), Console())


def writing(report):
    return REPORT + f"pathlib.Path('results/intent_report.json').write_text('{json.dumps(report)}')"


def test_passes_when_enough_messages_are_understood(tmp_path, monkeypatch):
    assert evaluate(tmp_path, monkeypatch, writing({"accuracy": evaluation.LEAST_INTENT_ACCURACY})) == 0


@pytest.mark.parametrize("report", [{"accuracy": 0.5}, {"micro avg": {"recall": 0.5}}])
def test_fails_with_the_figure_when_too_few_are(tmp_path, monkeypatch, report):
    with pytest.raises(CommandError, match=r"50\.0%"):
        evaluate(tmp_path, monkeypatch, writing(report))


def test_a_failed_conversation_fails_it(tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="the conversations failed"):
        evaluate(tmp_path, monkeypatch, writing({"accuracy": 1.0}) + "; sys.exit(1)")


def test_an_old_report_does_not_pass_for_a_new_one(tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "intent_report.json").write_text('{"accuracy": 1.0}')
    with pytest.raises(CommandError, match="no report"):
        evaluate(tmp_path, monkeypatch, "pass")
