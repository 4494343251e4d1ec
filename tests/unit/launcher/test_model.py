import os
import sys

import pytest

from launcher import model
from launcher.console import Console
from launcher.process import CommandError

# Writes a model where `rasa train` would, and notes that it did.
TRAINER = """
import pathlib, sys
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("--out") + 1])
out.mkdir(parents=True, exist_ok=True)
(out / (arguments[arguments.index("--fixed-model-name") + 1] + ".tar.gz")).write_text("a model")
with open("trainings", "a") as log: log.write("once\\n")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "config.yml").write_text("pipeline:\n  - name: nlu.threshold.Fallback\n  - name: Tokenizer\n")
    (tmp_path / "domain.yml").write_text("intents: [saludo]\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "saludo.yml").write_text("nlu: []\n")
    (tmp_path / "nlu").mkdir()
    (tmp_path / "nlu" / "threshold.py").write_text("THRESHOLD = 0.7\n")
    trainer_does(monkeypatch, TRAINER)
    return tmp_path


def trainer_does(monkeypatch, code):
    monkeypatch.setattr(model, "QUIET_MODULE", (sys.executable, "-c", code))


def trainings(project):
    return len((project / "trainings").read_text().splitlines())


def train(project):
    return model.train(project, dict(os.environ), Console())


def test_trains_once_for_the_same_data(project, capsys):
    first = train(project)
    assert first.read_text() == "a model"
    assert train(project) == first
    assert trainings(project) == 1
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize("changed", ["config.yml", "domain.yml", "data/saludo.yml", "nlu/threshold.py"])
def test_trains_again_when_what_the_model_is_made_from_changed(project, changed):
    first = train(project)
    with (project / changed).open("a") as file:
        file.write("# more\n")
    assert train(project) != first
    assert trainings(project) == 2


def test_trains_again_for_a_new_or_a_renamed_file(project):
    paths = {model.model_path(project)}
    (project / "data" / "ayuda.yml").write_text("nlu: []\n")
    paths.add(model.model_path(project))
    (project / "data" / "ayuda.yml").rename(project / "data" / "temas.yml")
    paths.add(model.model_path(project))
    assert len(paths) == 3


def test_a_split_domain_counts_too(project):
    (project / "domain.yml").unlink()
    (project / "domain").mkdir()
    (project / "domain" / "saludo.yml").write_text("intents: [saludo]\n")
    before = model.model_path(project)
    (project / "domain" / "saludo.yml").write_text("intents: [hola]\n")
    assert model.model_path(project) != before


def test_by_products_and_other_folders_do_not_count(project):
    before = model.model_path(project)
    (project / "nlu" / "__pycache__").mkdir()
    (project / "nlu" / "__pycache__" / "threshold.pyc").write_bytes(b"1")
    (project / "data" / ".DS_Store").write_bytes(b"1")
    (project / "actions").mkdir()
    (project / "actions" / "saludo.py").write_text("")
    assert model.model_path(project) == before


def test_the_model_in_use_is_the_newest_so_that_a_plain_rasa_run_takes_it(project):
    first = train(project)
    (project / "data" / "saludo.yml").write_text("nlu: [other]\n")
    os.utime(train(project), (2_000_000_000, 2_000_000_000))
    os.utime(first, (1, 1))
    (project / "data" / "saludo.yml").write_text("nlu: []\n")
    assert train(project) == first
    assert first.stat().st_mtime > 1


def test_only_the_last_few_models_are_kept(project):
    for number in range(model.KEPT_MODELS + 2):
        (project / "data" / "saludo.yml").write_text(f"nlu: [{number}]\n")
        os.utime(train(project), (number, number))
    left = sorted(int(path.stat().st_mtime) for path in (project / "models").glob("*.tar.gz"))
    assert left == list(range(2, model.KEPT_MODELS + 2))


def test_a_failed_training_is_an_error_and_leaves_no_model(project, monkeypatch):
    trainer_does(monkeypatch, TRAINER + "sys.exit(1)")
    with pytest.raises(CommandError, match="training failed with exit status 1"):
        train(project)
    assert not model.model_path(project).exists()


def test_a_training_without_a_model_is_an_error(project, monkeypatch):
    trainer_does(monkeypatch, "pass")
    with pytest.raises(CommandError, match="without a model"):
        train(project)
