"""What a message's intent cannot hold is no entity."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from nlu.entity_extractor import StoredCRFEntityExtractor

DAY = {"entity": "fecha", "start": 19, "end": 25, "value": "jueves"}
EXAMPLES = [
    Message.build("quiero una cita el lunes", "agendar_cita", entities=[{**DAY, "value": "lunes", "end": 24}]),
    Message.build("odio el queso", "fuera_de_alcance"),
    Message.build("está bien", "informar"),
    Message.build("me equivoqué", "corregir"),
]


@pytest.fixture
def extractor(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> StoredCRFEntityExtractor:
    """An extractor that learned only which entities an intent has, and whose CRF sees a day in everything."""
    monkeypatch.setattr(CRFEntityExtractor, "train", lambda self, data: None)
    monkeypatch.setattr(CRFEntityExtractor, "extract_entities", lambda self, message: [dict(DAY)])
    config = StoredCRFEntityExtractor.get_default_config()
    extractor = StoredCRFEntityExtractor(config, LocalModelStorage(tmp_path), Resource("entities"), {})
    extractor.train(TrainingData(EXAMPLES))
    return extractor


def found(extractor: StoredCRFEntityExtractor, intent: str, confidence: float = 0.99, wishes: Any = None) -> list[str]:
    message = Message.build("quiero una cita el jueves")
    message.set("intent", {"name": intent, "confidence": confidence})
    message.set("wishes", wishes)
    return [entity["entity"] for entity in extractor.extract_entities(message)]


def test_an_entity_is_found_where_its_intent_can_hold_it(extractor: StoredCRFEntityExtractor) -> None:
    assert found(extractor, "agendar_cita") == ["fecha"]


def test_what_no_example_of_the_intent_has_is_none(extractor: StoredCRFEntityExtractor) -> None:
    assert found(extractor, "fuera_de_alcance") == []


@pytest.mark.parametrize("intent", ["informar", "corregir"])
def test_an_answer_may_hold_all_of_them(extractor: StoredCRFEntityExtractor, intent: str) -> None:
    assert found(extractor, intent) == ["fecha"]


def test_an_intent_that_is_not_sure_decides_nothing(extractor: StoredCRFEntityExtractor) -> None:
    assert found(extractor, "fuera_de_alcance", confidence=0.5) == ["fecha"]


def test_an_intent_that_nobody_trained_decides_nothing(extractor: StoredCRFEntityExtractor) -> None:
    assert found(extractor, "enviar_adjunto") == ["fecha"]


def test_either_of_two_wishes_may_hold_it(extractor: StoredCRFEntityExtractor) -> None:
    wishes = [{"intent": "fuera_de_alcance"}, {"intent": "agendar_cita"}]
    assert found(extractor, "fuera_de_alcance", wishes=wishes) == ["fecha"]


def test_what_was_learned_is_there_after_a_start(extractor: StoredCRFEntityExtractor) -> None:
    extractor.crf_order = []
    extractor.persist([])
    loaded = StoredCRFEntityExtractor.load(
        extractor.component_config,
        extractor._model_storage,
        Resource("entities"),
        None,  # type: ignore[arg-type]
    )
    assert loaded.kinds == extractor.kinds
