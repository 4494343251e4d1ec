"""The classifier learns, is stored without executable code, and comes back as it was."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Rasa's own imports
    from rasa.engine.graph import ExecutionContext
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from nlu.intent_classifier import SentenceIntentClassifier

EXAMPLES = {
    "saludo": ["hola", "buenas tardes", "qué tal", "buen día", "holi"],
    "pagar_servicio": ["quiero pagar", "mándame el link de pago", "pago con tarjeta", "te deposito hoy", "cuánto debo"],
    "cancelar_cita": ["cancela mi cita", "ya no puedo ir", "anulen la reserva", "no voy a llegar", "bájame el turno"],
}
CONTEXT: Any = ExecutionContext(None)  # type: ignore[arg-type]


def messages(*texts: str) -> list[Message]:
    return [Message.build(text) for text in texts]


def trained(folder: Path, **config: Any) -> tuple[SentenceIntentClassifier, LocalModelStorage]:
    storage = LocalModelStorage(folder)
    complete = {**SentenceIntentClassifier.get_default_config(), **config}
    classifier = SentenceIntentClassifier.create(complete, storage, Resource("intents"), CONTEXT)
    examples = [Message.build(text, intent) for intent, texts in EXAMPLES.items() for text in texts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classifier.train(TrainingData(examples))
    return classifier, storage


@pytest.mark.parametrize("meaning", [1.5, 0.0])
def test_what_was_stored_understands_as_what_was_learned(tmp_path: Path, meaning: float) -> None:
    classifier, storage = trained(tmp_path, meaning=meaning)
    loaded = SentenceIntentClassifier.load(classifier.config, storage, Resource("intents"), CONTEXT)
    asked = ("HOLA!!", "kiero pagar xfa", "no podré ir a mi cita", "🙏", "")

    learned = [one.get("intent_ranking") for one in classifier.process(messages(*asked))]
    stored = [one.get("intent_ranking") for one in loaded.process(messages(*asked))]

    assert [ranking[0]["name"] for ranking in learned[:3]] == list(EXAMPLES)
    for one, other in zip(learned, stored, strict=True):
        assert [rank["name"] for rank in one] == [rank["name"] for rank in other]
        assert [rank["confidence"] for rank in one] == pytest.approx([rank["confidence"] for rank in other], abs=1e-5)
        assert sum(rank["confidence"] for rank in one) == pytest.approx(1.0, abs=1e-5)


def test_words_that_nobody_trained_are_understood_by_their_meaning(tmp_path: Path) -> None:
    (message,) = trained(tmp_path, meaning=3.0)[0].process(messages("me gustaría abonar lo que adeudo"))
    assert message.get("intent")["name"] == "pagar_servicio"


def test_sharpness_raises_confidence_and_changes_no_order(tmp_path: Path) -> None:
    rankings = []
    for sharpness in (1.0, 2.0):
        folder = tmp_path / str(sharpness)
        folder.mkdir()
        (message,) = trained(folder, sharpness=sharpness)[0].process(messages("quisiera pagar"))
        rankings.append(message.get("intent_ranking"))
    assert [rank["name"] for rank in rankings[0]] == [rank["name"] for rank in rankings[1]]
    assert rankings[0][0]["confidence"] < rankings[1][0]["confidence"]
