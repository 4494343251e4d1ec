"""The house rules: who may import whom, and that every intent has all its parts under one stem."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = tuple(DOMAIN["intents"])
FORMS = tuple(DOMAIN["forms"])
# Intents whose rule answers with a response of the domain, or with another intent's action.
WITHOUT_ACTION = {"afirmar", "negar", "corregir", "agradecer"}
FORBIDDEN = {
    "actions": {"rasa", "connectors", "sandbox", "launcher", "nlu"},
    "connectors": {"actions", "sandbox", "launcher"},
    "nlu": {"actions", "connectors", "sandbox", "launcher"},
    "privacy": {"actions", "connectors", "sandbox", "launcher", "nlu", "rasa", "rasa_sdk"},
    "sandbox": {"actions", "connectors", "privacy", "launcher", "nlu", "rasa", "rasa_sdk"},
}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_no_room_imports_across_a_wall(room: str) -> None:
    files = list((ROOT / room).rglob("*.py"))

    crossing = {str(f.relative_to(ROOT)): imported(f) & FORBIDDEN[room] for f in files}

    assert files
    assert not {name: walls for name, walls in crossing.items() if walls}


def test_the_action_server_starts_without_what_takes_long_to_import() -> None:
    code = (
        "import sys; from rasa_sdk.executor import ActionExecutor; e = ActionExecutor(); "
        "e.register_package('actions'); print(len(e.actions)); "
        "slow = {'tensorflow', 'rasa', 'keras', 'sklearn', 'openai', 'jax'}; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & slow))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    registered, heavy = done.stdout.split("\n")[-3:-1]
    assert int(registered) == len(DOMAIN["actions"])
    assert heavy == "[]"


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_has_all_its_parts(intent: str) -> None:
    expected = [f"data/{intent}.yml"]
    if intent not in WITHOUT_ACTION:
        expected.append(f"actions/intents/{intent}.py")
    if f"{intent}_form" in FORMS:
        expected.append(f"tests/conversations/test_{intent}.yml")

    missing = [part for part in expected if not (ROOT / part).is_file()]
    actions = {f"action_{intent}"} - ({f"action_{intent}"} if intent in WITHOUT_ACTION else set())
    if f"{intent}_form" in FORMS:
        actions.add(f"validate_{intent}_form")

    assert not missing
    assert actions <= set(DOMAIN["actions"])


@pytest.mark.parametrize("form", FORMS)
def test_every_question_of_a_form_is_asked_and_can_be_explained(form: str) -> None:
    for slot in DOMAIN["forms"][form]["required_slots"]:
        assert f"utter_ask_{slot}" in DOMAIN["responses"]
        assert f"utter_explicar_{slot}" in DOMAIN["responses"]


def test_every_response_an_action_names_is_in_the_domain() -> None:
    named = set()
    for path in (ROOT / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("utter_"):
                named.add(node.value)
    prefixes = {name for name in named if name.endswith("_")}

    # Rasa's own word for the name of a response.
    named.remove("utter_action")
    assert named - prefixes <= set(DOMAIN["responses"])
    assert all(any(r.startswith(prefix) for r in DOMAIN["responses"]) for prefix in prefixes)


def test_every_response_of_the_domain_is_said_by_somebody() -> None:
    sources = [*(ROOT / "actions").rglob("*.py"), *(ROOT / "data").glob("*.yml")]
    said = set(re.findall(r"utter_\w+", "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    prefixes = tuple(name for name in said if name.endswith("_"))

    # Rasa itself asks a form's questions: utter_ask_<slot>.
    silent = {
        name for name in DOMAIN["responses"] if name not in said and not name.startswith((*prefixes, "utter_ask_"))
    }

    assert not silent


def test_every_reason_why_words_are_no_value_has_its_words() -> None:
    reasons = set()
    for path in (ROOT / "actions" / "values").glob("*.py"):
        source = path.read_text(encoding="utf-8")
        reasons |= set(re.findall(r'Unclear\(\s*"(\w+)"', source)) | set(re.findall(r'"(\w+_multiple)"', source))
    reasons.discard("sin_valor")  # nothing of the kind was said: the question is asked again

    assert reasons
    assert {f"utter_problema_{reason}" for reason in reasons} <= set(DOMAIN["responses"])


def test_no_file_has_grown_past_its_job() -> None:
    rooms = [*FORBIDDEN, "launcher"]
    long = {
        str(path.relative_to(ROOT)): lines
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 320
    }

    assert not long
