import json
import os
import sys

import pytest

from launcher import evaluation
from launcher.console import Console
from launcher.process import CommandError

GOOD = [("saludo", "saludo", 0.9)] * 97 + [("ayuda", "saludo", 0.9)] * 3
SCOPE = [("fuera_de_alcance", "fuera_de_alcance", 0.9)] * 19 + [("fuera_de_alcance", "ayuda", 0.9)]


def evaluate(folder, monkeypatch, code):
    monkeypatch.setattr(evaluation, "QUIET_MODULE", (sys.executable, "-c", code))
    return evaluation.evaluate(folder, folder / "model", dict(os.environ), Console())


def write(results, predictions, entities=0.95):
    results.mkdir(exist_ok=True)
    for name, is_right in ((evaluation.SUCCESSES, True), (evaluation.ERRORS, False)):
        rows = [
            {"text": "…", "intent": given, "intent_prediction": {"name": said, "confidence": confidence}}
            for given, said, confidence in predictions
            if (given == said) is is_right
        ]
        (results / name).write_text(json.dumps(rows))
    (results / evaluation.ENTITIES).write_text(json.dumps({"micro avg": {"f1-score": entities}}))


def writing(folder, predictions, entities=0.95):
    write(folder / "written", predictions, entities)
    return "import shutil; shutil.copytree('written', 'results', dirs_exist_ok=True)"


def test_passes_when_enough_is_understood(tmp_path, monkeypatch):
    assert evaluate(tmp_path, monkeypatch, writing(tmp_path, GOOD + SCOPE)) == 0


@pytest.mark.parametrize(
    ("predictions", "entities", "figure"),
    [
        (GOOD + [("ayuda", "saludo", 0.9)] * 10 + SCOPE, 0.95, r"wishes understood: 88\.2%"),
        (GOOD + [("saludo", "saludo", 0.69)] * 8 + SCOPE, 0.95, r"wishes refused: 7\.4%"),
        (GOOD + [("ayuda", "fuera_de_alcance", 0.9)] * 8 + SCOPE, 0.95, r"wishes refused: 7\.4%"),
        (GOOD + SCOPE + [("fuera_de_alcance", "ayuda", 0.9)] * 2, 0.95, r"out of scope recognised: 86\.4%"),
        (GOOD + SCOPE, 0.5, r"entities, F1: 50\.0%"),
    ],
)
def test_fails_with_the_figure_when_too_little_is(tmp_path, monkeypatch, predictions, entities, figure):
    with pytest.raises(CommandError, match=figure):
        evaluate(tmp_path, monkeypatch, writing(tmp_path, predictions, entities))


def test_out_of_scope_is_recognised_too_when_nothing_is_sure(tmp_path):
    write(tmp_path, [("fuera_de_alcance", "ayuda", 0.5), ("saludo", "saludo", 1.0)])
    assert [figure.value for figure in evaluation.figures(tmp_path)] == [1.0, 0.0, 1.0, 0.95]


def test_answers_in_a_dialogue_are_no_wishes(tmp_path):
    write(tmp_path, [("informar", "afirmar", 0.9), ("saludo", "saludo", 1.0)])
    assert evaluation.figures(tmp_path)[0].value == 1.0


def test_a_failed_conversation_fails_it(tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="the conversations failed"):
        evaluate(tmp_path, monkeypatch, writing(tmp_path, GOOD + SCOPE) + "; import sys; sys.exit(1)")


def test_an_old_report_does_not_pass_for_a_new_one(tmp_path, monkeypatch):
    write(tmp_path / "results", GOOD + SCOPE)
    with pytest.raises(CommandError, match="no report"):
        evaluate(tmp_path, monkeypatch, "pass")
