from __future__ import annotations

from pathlib import Path

import tomli
import yaml

import connectors
from connectors.orchestrator.contract import FILE
from connectors.orchestrator.trials import examples

ROOT = Path(__file__).resolve().parents[4]
SEEDS = (
    "Hola, ¿cómo estás?",
    "¿Qué paquetes tienen disponibles?",
    "Quiero agendar una cita para mañana a las 3pm",
    "¿Cuál es el estado de mi solicitud 12345?",
    "Quiero pagar $50 por mi paquete con tarjeta de crédito",
    "¿Qué horarios tienen disponibles para esta semana?",
    "Necesito cancelar mi cita del viernes",
    "¿Cómo funciona el sistema de citas?",
)


def test_the_examples_are_the_seeds_and_one_for_every_other_intent() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert tuple(example["message"] for example in examples()[: len(SEEDS)]) == SEEDS
    assert sorted(example["intent"] for example in examples()) == sorted(domain["intents"])


def test_the_version_is_the_projects() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    contract = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert connectors.__version__ == project["version"] == contract["info"]["version"]
