"""What the READMEs and `.env.example` promise, held against the code."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from alembic import command
from alembic.config import Config
from pydantic import BaseSettings, SecretStr

import actions.settings
import connectors.settings
import sandbox.settings
from actions.internal_api import models
from actions.internal_api.mapping import load_mapping

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("actions", "connectors", "launcher", "migrations", "nlu", "privacy", "sandbox")
READMES = ("README.md", "README.es.md")
SETTINGS: tuple[type[BaseSettings], ...] = (
    actions.settings.Settings,
    connectors.settings.Settings,
    sandbox.settings.Settings,
)
# Read where `.env` does not reach.
OF_THE_TERMINAL = {"NO_COLOR"}
READERS = {"get", "getenv", "setting", "talks_to_sandbox"}
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
TABLE_ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| (?:`([^`]*)`|[^`|]*) \| [^|]+ \|$", re.MULTILINE)
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"\.(?:example|json|lock|md|png|py|toml|ya?ml)$")
PATH = re.compile(r"\.?[\w-][\w.-]*(?:/[\w.-]+)*/?")


def each_readme() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", READMES)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[str]:
    """Returns the fenced blocks of these languages, without comments, which may be in another language."""
    found = []
    for indent, language, content in BLOCK.findall(text_of(name)):
        lines = [line.removeprefix(indent) for line in content.splitlines()]
        if language in languages:
            found.append("\n".join(line for line in lines if line and not line.lstrip().startswith("#")))
    return found


def commands(name: str) -> list[str]:
    return [line for block in blocks(name, "sh") for line in block.splitlines()]


def prose(name: str) -> str:
    return BLOCK.sub("", text_of(name))


def default_in_code(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case SecretStr():
            return value.get_secret_value()
        case str() | int() | float() | Decimal():
            return str(value)
    raise AssertionError(f"no way to write {value!r} down")


def variables_of_settings() -> dict[str, str]:
    defaults: dict[str, str] = {}
    for settings in SETTINGS:
        for name, field in settings.__fields__.items():
            default = default_in_code(field.default)
            assert defaults.setdefault(name.upper(), default) == default, f"{name.upper()} has two defaults"
    return defaults


def variables_read_elsewhere() -> set[str]:
    """Returns the names that the rooms' code looks up, as constants or by a module's constant."""
    found = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in READERS:
                looked_up = node.args
            elif isinstance(node, ast.Subscript) and _name(node.value) == "environ":
                looked_up = [node.slice]
            else:
                continue
            values = [a.value if isinstance(a, ast.Constant) else constants.get(_name(a)) for a in looked_up]
            found |= {value for value in values if isinstance(value, str) and VARIABLE.fullmatch(value)}
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def variables_of_the_code() -> dict[str, str]:
    return {**dict.fromkeys(variables_read_elsewhere(), ""), **variables_of_settings()}


def variables_of_compose() -> dict[str, str]:
    """Returns what compose demands (default "") or gives another default than the code."""
    compose = text_of("docker-compose.yml") + text_of("docker/rabbitmq.yml")
    found = {}
    for name, operator, default in re.findall(r"^ +\w+: \$\{([A-Z_]+)(:[-?])(.*)\}$", compose, re.MULTILINE):
        found[name] = "" if operator == ":?" else re.sub(r"\$\{[^}]*\}", "…", default)
    code = variables_of_the_code()
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", compose))
    return {name: found[name] for name in found if name in demanded or found[name] != code.get(name)}


def table(name: str, heading: str) -> dict[str, str]:
    """Returns the defaults by variable in the table below the row with that heading."""
    _, _, rest = text_of(name).partition(f"| Variable | {heading} |")
    rows = rest.partition("\n\n")[0]
    variables = TABLE_ROW.findall(rows)
    assert len(variables) == rows.count("\n| `") > 0, "a row of the table cannot be read"
    assert len(dict(variables)) == len(variables), "a variable has two rows"
    return dict(variables)


@pytest.mark.parametrize(("name", "heading"), zip(READMES, ("Default", "Por omisión"), strict=True))
def test_the_configuration_table_holds_what_the_code_reads_and_nothing_else(name: str, heading: str) -> None:
    assert table(name, heading) == variables_of_the_code()


@pytest.mark.parametrize(
    ("name", "heading"), zip(READMES, ("Default in compose", "Por omisión en compose"), strict=True)
)
def test_the_compose_table_holds_what_is_different_there(name: str, heading: str) -> None:
    assert table(name, heading) == variables_of_compose()


def test_the_example_of_settings_holds_each_with_its_default() -> None:
    written = re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", text_of(".env.example"), re.MULTILINE)
    expected = {**variables_of_compose(), **variables_of_the_code()}

    assert len(dict(written)) == len(written)
    assert dict(written) == {name: value for name, value in expected.items() if name not in OF_THE_TERMINAL}


def test_both_languages_give_the_same_commands_and_files() -> None:
    english, spanish = (blocks(name, "sh", "yaml", "python", "json", "ini") for name in READMES)

    assert len(english) > 10
    assert spanish == english


def test_both_languages_have_the_same_sections() -> None:
    english, spanish = (re.findall(r"^(#+) ", prose(name), re.MULTILINE) for name in READMES)

    assert spanish == english


@each_readme()
def test_the_first_commands_are_the_two(name: str) -> None:
    assert commands(name)[:2] == ["make run", "make test"]


@each_readme()
def test_the_make_targets_are_those_that_there_are(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([\w-]+)", prose(name)))
    named |= {words[1] for line in commands(name) if (words := shlex.split(line))[0] == "make"}

    assert named == targets


@each_readme()
def test_every_path_it_names_exists(name: str) -> None:
    spans = set(re.findall(r"`([^`\n]+)`", prose(name))) - set(variables_of_the_code().values())
    paths = {span for span in spans if PATH.fullmatch(span) and ("/" in span or FILE_NAME.search(span))}
    links = set(re.findall(r"\]\(([^)#:]+)\)", prose(name)))
    made = {line.strip("/") for line in text_of(".gitignore").splitlines() if line.endswith("/")}
    missing = {path for path in paths | links if path.split("/")[0] not in made and not (ROOT / path).exists()}

    assert len(paths) > 15
    assert "docs/phone.png" in links
    assert not missing


@each_readme()
def test_the_sample_dialogue_is_in_the_assistants_own_words(name: str) -> None:
    dialogue = next(block for block in blocks(name, "text") if block.startswith("Ana "))
    answers = re.findall(r"^Casa Astral +(.*?)(?: +\[.*)?$", re.sub(r"\n +", " ", dialogue), re.MULTILINE)
    texts = [text["text"] for texts in yaml.safe_load(text_of("domain.yml"))["responses"].values() for text in texts]
    patterns = [
        r".+".join(map(re.escape, re.split(r"\{[^}]+\}", text))) for text in texts if text.strip("{}") != "texto"
    ]

    assert len(answers) == 4
    for answer in answers:
        assert any(re.fullmatch(pattern, answer) for pattern in patterns), answer


@each_readme()
def test_every_query_it_gives_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "log.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    connectors.settings.get_settings.cache_clear()
    command.upgrade(Config(str(ROOT / "alembic.ini")), "head")
    connectors.settings.get_settings.cache_clear()
    queries = [word for line in commands(name) for word in shlex.split(line) if word.startswith("SELECT ")]

    assert queries
    with sqlite3.connect(database) as connection:
        for query in queries:
            connection.execute(query)


def test_every_attack_that_is_told_of_is_a_test() -> None:
    rows = [
        line for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines() if "`test_" in line
    ]
    tests = set(re.findall(r"`(test_\w+)` \|$", "\n".join(rows), re.MULTILINE))
    there = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert len(rows) > 40
    assert not {test for test in tests if f"def {test}(" not in there}


@each_readme()
def test_its_example_of_another_api_can_be_used(name: str, tmp_path: Path) -> None:
    (example,) = re.findall(r"^   ```yaml\n(   operations:.*?)^   ```$", text_of(name), re.MULTILINE | re.DOTALL)
    whole = yaml.safe_load((ROOT / "contract" / "mapping.yml").read_text(encoding="utf-8"))
    for section, entries in yaml.safe_load(textwrap.dedent(example)).items():
        whole[section] |= entries
    (tmp_path / "mapping.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")

    mapping = load_mapping(tmp_path / "mapping.yml")

    assert mapping.operations["book"].path == "/citas"
    known = {model.__name__: model.__fields__ for model in vars(models).values() if hasattr(model, "__fields__")}
    for model, fields in mapping.fields.items():
        assert fields.keys() <= known[model].keys()


@each_readme()
def test_its_worked_example_passes_the_house_rules(name: str, tmp_path: Path) -> None:
    for part in (*ROOMS, "contract", "data", "tests", "ayuda", "domain.yml", "estilo.yml", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    parts = re.findall(r"^```(?:yaml|python)\n# ([\w./]+).*?\n(.*?)^```$", text_of(name), re.MULTILINE | re.DOTALL)
    for path, content in parts:
        _add(tmp_path / path, content)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/unit/test_architecture.py", "tests/unit/data"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(parts) == 5
    assert done.returncode == 0, done.stdout
    assert "action_consultar_zona_horaria" in (tmp_path / "domain.yml").read_text(encoding="utf-8")


def _add(path: Path, content: str) -> None:
    """Writes a new file, or puts the lines of each key behind those that the domain has under it."""
    if not path.exists():
        path.write_text(content, encoding="utf-8")
        return
    domain = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, lines in yaml.safe_load(content).items():
        domain[key] = domain[key] | lines if isinstance(lines, dict) else domain[key] + lines
    path.write_text(yaml.safe_dump(domain, allow_unicode=True, sort_keys=False), encoding="utf-8")
