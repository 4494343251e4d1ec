"""Promises about the training data and the held-out messages."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
ENTITIES = {
    "fecha",
    "hora",
    "email",
    "tipo_sesion",
    "paquete_id",
    "tamaño_grupo",
    "solicitud_id",
    "cita_id",
    "tipo_consulta",
    "tipo_paquete",
    "moneda",
    "duración",
    "monto",
    "método_pago",
    "motivo",
    "tipo_historial",
    "fecha_desde",
    "fecha_hasta",
    "nombre",
    "teléfono",
    "fecha_nacimiento",
    "tema_ayuda",
    "tipo_adjunto",
}
BUSINESS = [
    "consulta_estado",
    "agendar_cita",
    "consultar_paquetes",
    "pagar_servicio",
    "cancelar_cita",
    "reagendar_cita",
    "consultar_historial",
    "consultar_horarios",
    "actualizar_perfil",
    "saludo",
    "despedida",
    "ayuda",
]
HELPERS = ["informar", "afirmar", "negar", "corregir", "olvidar", "hablar_con_persona", "agradecer", "enviar_adjunto"]
LEAST_TRAINING = (
    dict.fromkeys(BUSINESS, 600)
    | dict.fromkeys(HELPERS, 200)
    | {"saludo": 350, "despedida": 350, "informar": 700, "fuera_de_alcance": 1300}
)
SEED_EXAMPLES = {
    "Hola, ¿cómo estás?": "saludo",
    "¿Qué paquetes tienen disponibles?": "consultar_paquetes",
    "Quiero agendar una cita para mañana a las 3pm": "agendar_cita",
    "¿Cuál es el estado de mi solicitud 12345?": "consulta_estado",
    "Quiero pagar $50 por mi paquete con tarjeta de crédito": "pagar_servicio",
    "¿Qué horarios tienen disponibles para esta semana?": "consultar_horarios",
    "Necesito cancelar mi cita del viernes": "cancelar_cita",
    "¿Cómo funciona el sistema de citas?": "ayuda",
}
ANNOTATION = re.compile(r"\[(?P<value>[^\]]+)\]\((?P<entity>[^)]+)\)")


def _examples(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each (intent, annotated message) of the NLU files in a folder."""
    for path in sorted(folder.rglob("*.yml")):
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for block in content.get("nlu", []):
            if "intent" in block:
                for line in block["examples"].splitlines():
                    yield block["intent"], line.removeprefix("- ").strip()


def _plain(message: str) -> str:
    return ANNOTATION.sub(lambda match: match["value"], message)


def _normalised(message: str) -> str:
    """Reduce a message to what is left of it without annotations, case, accents and punctuation."""
    decomposed = unicodedata.normalize("NFD", _plain(message).casefold())
    kept = "".join(c if c.isalnum() or ord(c) > 0x2000 else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join(kept.split()) or message


TRAINING = list(_examples(ROOT / "data"))
HELD_OUT = list(_examples(ROOT / "tests" / "nlu"))


def test_no_held_out_message_is_trained_on() -> None:
    trained = {_normalised(message) for _, message in TRAINING}
    assert [message for _, message in HELD_OUT if _normalised(message) in trained] == []


@pytest.mark.parametrize("messages", [TRAINING, HELD_OUT], ids=["training", "held-out"])
def test_no_message_is_given_under_two_intents(messages: list[tuple[str, str]]) -> None:
    seen: dict[str, set[str]] = {}
    for intent, message in messages:
        seen.setdefault(_normalised(message), set()).add(intent)
    assert {message: intents for message, intents in seen.items() if len(intents) > 1} == {}


@pytest.mark.parametrize(("intent", "least"), LEAST_TRAINING.items())
def test_every_intent_has_enough_training_examples(intent: str, least: int) -> None:
    assert len({message for given, message in TRAINING if given == intent}) >= least


def test_the_held_out_set_is_large_enough() -> None:
    given = [intent for intent, _ in HELD_OUT]
    assert {intent: given.count(intent) for intent in BUSINESS if given.count(intent) < 80} == {}
    assert given.count("fuera_de_alcance") >= 250
    assert sum(given.count(intent) for intent in HELPERS) >= 40


@pytest.mark.parametrize("messages", [TRAINING, HELD_OUT], ids=["training", "held-out"])
def test_every_annotated_entity_is_a_known_one(messages: list[tuple[str, str]]) -> None:
    found = {match["entity"] for _, message in messages for match in ANNOTATION.finditer(message)}
    assert found <= ENTITIES


def test_every_entity_has_training_examples() -> None:
    assert {match["entity"] for _, message in TRAINING for match in ANNOTATION.finditer(message)} == ENTITIES


@pytest.mark.parametrize("messages", [TRAINING, HELD_OUT], ids=["training", "held-out"])
def test_no_annotation_is_left_half_written(messages: list[tuple[str, str]]) -> None:
    broken = [message for _, message in messages if re.search(r"\]\(|[\[\]]", _plain(message))]
    assert broken == []


@pytest.mark.parametrize(("message", "intent"), SEED_EXAMPLES.items())
def test_the_example_messages_of_the_product_are_trained_under_their_intent(message: str, intent: str) -> None:
    assert intent in {given for given, trained in TRAINING if _plain(trained) == message}
