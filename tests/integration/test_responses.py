"""Which of a response's texts Rasa sends where that depends on what a slot says."""

from __future__ import annotations

import warnings

import pytest

from launcher.environment import ROOT

with warnings.catch_warnings():
    # Rasa brings TensorFlow, whose own imports are deprecated.
    warnings.simplefilter("ignore")
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import SlotSet
    from rasa.shared.core.trackers import DialogueStateTracker

NOTHING_DONE, IN_DOUBT = "No hice ningún cambio", "No sé si lo anterior quedó hecho"


@pytest.fixture(scope="module")
def domain() -> Domain:
    with warnings.catch_warnings():
        # Rasa finds its schemas by setuptools' old ways.
        warnings.simplefilter("ignore")
        return Domain.load(str(ROOT / "domain.yml"))


@pytest.mark.parametrize("response", ["utter_codigo_pausa", "utter_codigo_pausa_sin_hora", "utter_codigo_agotado"])
@pytest.mark.parametrize(("in_doubt", "said"), [(None, NOTHING_DONE), (True, IN_DOUBT)])
async def test_nobody_says_that_nothing_was_done_while_that_is_in_doubt(
    domain: Domain, response: str, in_doubt: bool | None, said: str
) -> None:
    tracker = DialogueStateTracker.from_events("someone", [SlotSet("en_duda", in_doubt)], domain.slots)
    speaker = TemplatedNaturalLanguageGenerator(domain.responses)

    texts = {str(await speaker.generate(response, tracker, "whatsapp", hora="15:00")) for _ in range(8)}

    assert all(said in text for text in texts)
    assert len(texts) == 1
