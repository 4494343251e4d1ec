"""The confidence threshold: config.yml's, unless the environment or `.env` says otherwise."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # Rasa's pipeline brings TensorFlow, whose own imports are deprecated.
    warnings.simplefilter("ignore")
    from rasa.shared.exceptions import InvalidConfigException

    from nlu import threshold

CONFIG = {"threshold": 0.7, "ambiguity_threshold": 0.1}


@pytest.fixture(autouse=True)
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(threshold.VARIABLE, raising=False)
    monkeypatch.setattr(threshold, "ENV_FILE", tmp_path / ".env")
    return tmp_path / ".env"


def created() -> float:
    component = threshold.ThresholdFallback.create(dict(CONFIG), None, None, None)
    return float(component.component_config["threshold"])


def test_is_that_of_the_configuration_where_nothing_else_is_said() -> None:
    assert created() == 0.7


def test_an_operator_sets_it_without_training(monkeypatch: pytest.MonkeyPatch, env_file: Path) -> None:
    env_file.write_text("RASA_CONFIDENCE_THRESHOLD=0.55\n")
    assert created() == 0.55
    monkeypatch.setenv(threshold.VARIABLE, "0.8")
    assert created() == 0.8


@pytest.mark.parametrize("written", ["much", "1.5", "-0.1", "nan"])
def test_what_is_no_confidence_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv(threshold.VARIABLE, written)
    with pytest.raises(InvalidConfigException, match="RASA_CONFIDENCE_THRESHOLD"):
        created()
