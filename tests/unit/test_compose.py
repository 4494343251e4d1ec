"""What `docker-compose.yml`, the Dockerfiles and `.dockerignore` promise, read without a Docker engine."""

import ast
import re
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
import tomli
import yaml

from launcher import parts

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
ONE_SHOT = {"migrate"}
LIMITED = {"driver": "json-file", "options": {"max-size": "20m", "max-file": "5"}}
SECRETS = ("POSTGRES_PASSWORD", "TWILIO_AUTH_TOKEN", "INTERNAL_API_TOKEN", "LOG_KEY")
OPTIONAL_SECRETS = ("OPENROUTER_API_KEY", "ORCHESTRATOR_TOKEN")


def each_service():
    return pytest.mark.parametrize("name", SERVICES)


def each_dockerfile():
    return pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)


def copied_from_the_project(path: Path) -> list[str]:
    lines = re.findall(r"^COPY (?!--from)(.+)$", path.read_text(), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_the_services_are_the_systems_parts():
    assert set(SERVICES) == {"front", "rasa", "actions", "postgres", "redis", "migrate", "sandbox"}
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]
    assert all("profiles" not in service for name, service in SERVICES.items() if name != "sandbox")


@each_service()
def test_no_service_runs_as_root_or_may_become_it(name):
    service = SERVICES[name]
    assert service["user"] not in ("", "0", "root")
    assert not str(service["user"]).startswith(("0:", "root:"))
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is True


@each_service()
def test_every_service_tells_whether_it_works(name):
    check = SERVICES[name]["healthcheck"]
    if name in ONE_SHOT:
        # Done, it stays done; on a database that does not answer yet it tries again, because nobody else would.
        assert SERVICES[name]["restart"] == "on-failure:5"
        assert check == {"disable": True}
    else:
        assert check["test"][0] == "CMD"


@each_service()
def test_no_services_log_fills_the_disk(name):
    assert SERVICES[name]["logging"] == LIMITED


def test_postgresql_is_not_taken_for_ready_while_its_image_prepares_a_new_volume():
    check = SERVICES["postgres"]["healthcheck"]["test"]
    assert check[check.index("--host") + 1] == "127.0.0.1"


@each_service()
def test_a_service_starts_when_what_it_needs_works(name):
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        wanted = "service_completed_successfully" if needed in ONE_SHOT else "service_healthy"
        assert how["condition"] == wanted


def test_rasa_waits_for_the_tables():
    assert {"migrate", "actions"} <= set(SERVICES["rasa"]["depends_on"])
    assert "postgres" in SERVICES["migrate"]["depends_on"]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_needed_secret_comes_from_outside_and_compose_says_so_when_it_is_missing(secret):
    uses = re.findall(rf"\$\{{{secret}([^}}]*)\}}", COMPOSE)
    assert uses
    assert all(use.startswith(":?") for use in uses)


def test_nothing_that_sounds_secret_has_a_value_in_the_file():
    values = re.findall(r"^ *(\w*(?:PASSWORD|TOKEN|SECRET|KEY)\w*): *(.+)$", COMPOSE, re.MULTILINE)
    assert {name for name, _ in values} == {*SECRETS, *OPTIONAL_SECRETS}
    assert all(re.fullmatch(rf"\$\{{{name}(:\?[^}}]+|:-)\}}", value) for name, value in values)


def test_every_variable_is_explained_in_the_example():
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_]+)", COMPOSE)) <= explained


def test_the_ports_are_those_of_the_parts_and_open_to_this_machine_only():
    own = {part.name: part.port for part in (parts.SANDBOX, parts.ACTIONS, parts.rasa(Path("m")))}
    published = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert published.pop("front") == [f"127.0.0.1:{own['rasa']}:{own['rasa']}"]
    assert published.pop("sandbox") == [f"127.0.0.1:{own['sandbox']}:{own['sandbox']}"]
    assert not any(published.values())
    for name, port in own.items():
        assert f"127.0.0.1:{port}/" in " ".join(SERVICES[name]["healthcheck"]["test"])
        assert f"EXPOSE {port}\n" in (ROOT / "docker" / f"{name}.Dockerfile").read_text()


@pytest.mark.parametrize("name", ["rasa", "actions"])
def test_there_may_be_several_servers(name):
    assert not {"ports", "container_name", "hostname"} & set(SERVICES[name])


def test_the_front_passes_all_to_every_rasa_that_works():
    port = parts.rasa(Path("m")).port
    (volume,) = SERVICES["front"]["volumes"]
    here, there, how = volume.split(":")
    assert (there, how) == ("/usr/local/etc/haproxy/haproxy.cfg", "ro")
    lines = [line.strip() for line in (ROOT / here).read_text(encoding="utf-8").splitlines()]
    assert f"bind :{port}" in lines
    assert f"server-template rasa 10 rasa:{port}" in lines
    assert any(line.startswith("default-server check ") for line in lines)
    assert f"http://127.0.0.1:{port}/" in SERVICES["front"]["healthcheck"]["test"]
    assert set(SERVICES["front"]["networks"]) <= set(SERVICES["rasa"]["networks"])


def test_rabbitmq_can_be_laid_between_by_a_second_file():
    text = (ROOT / "docker" / "rabbitmq.yml").read_text(encoding="utf-8")
    added = yaml.safe_load(text)["services"]
    endpoints = {name: service["volumes"][-1] for name, service in added.items() if name != "rabbitmq"}
    assert set(endpoints) == {"rasa", "log"}
    assert set(endpoints.values()) == {"./docker/endpoints-rabbitmq.yml:/app/endpoints.yml:ro"}
    assert added["log"]["command"][2:4] == ["connectors.conversation_log", "consume"]
    assert "5672" not in text, "nobody but the assistant may reach it"
    for name in ("rabbitmq", "log"):
        assert added[name]["user"] not in ("0", "root")
        assert (added[name]["cap_drop"], added[name]["restart"]) == (["ALL"], "unless-stopped")
        assert added[name]["logging"] == LIMITED
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= explained


def test_its_endpoints_differ_in_the_broker_only():
    stock, by_rabbitmq = (
        yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
        for path in ("endpoints.yml", "docker/endpoints-rabbitmq.yml")
    )
    broker = by_rabbitmq.pop("event_broker")
    assert (broker["type"], broker["queues"]) == ("pika", ["conversation_log"])
    del stock["event_broker"]
    stock["action_endpoint"]["url"] = "http://actions:5055/webhook"
    assert by_rabbitmq == stock


def test_the_images_start_what_the_launcher_starts():
    module = parts.ACTIONS.command[-3]
    command = re.search(r"^CMD (.+)$", (ROOT / "docker" / "actions.Dockerfile").read_text(), re.MULTILINE)
    assert command
    assert ast.literal_eval(command[1]) == ["python", "-m", module, "--port", "5055"]
    assert "command" not in SERVICES["actions"]


def test_the_databases_have_no_way_out():
    networks = yaml.safe_load(COMPOSE)["networks"]
    assert networks["inside"]["internal"] is networks["counts"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert SERVICES["redis"]["networks"] == ["inside", "counts"]


def test_the_action_server_reaches_no_database():
    assert not set(SERVICES["actions"]["networks"]) & set(SERVICES["postgres"]["networks"])


def test_every_image_has_an_exact_version():
    text = "\n".join(path.read_text() for path in DOCKERFILES)
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert all(re.search(r":\d+\.\d+(\.\d+)?-", image) for image in (*bases, *images))


@each_dockerfile()
def test_an_image_drops_root_before_it_starts(path):
    last_stage = path.read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last_stage
    assert last_stage.index("\nUSER ") < last_stage.index("\nCMD ")


@each_dockerfile()
def test_an_image_is_built_from_the_lock_by_the_uv_of_the_project(path):
    pinned = re.search(r"^version=(\S+)$", (ROOT / "scripts" / "uv").read_text(), re.MULTILINE)
    assert pinned
    assert f"uv=={pinned[1]}" in path.read_text()
    assert "uv sync --frozen --no-default-groups --group " in path.read_text()


@each_dockerfile()
def test_what_an_image_copies_exists_and_is_let_through(path):
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    for source in copied_from_the_project(path):
        assert (ROOT / source).exists(), source
        assert source in let_through, source


def test_no_image_can_take_the_settings_of_this_machine():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert "!.env" not in lines


def test_the_action_servers_image_has_neither_rasa_nor_tensorflow():
    packages = locked_packages("actions")
    assert "rasa-sdk" in packages
    assert not packages & {"rasa", "tensorflow", "keras", "scikit-learn"}
    assert "tensorflow" in locked_packages("rasa")


@each_dockerfile()
def test_an_image_has_every_package_that_its_code_imports(path):
    packages = locked_packages(path.name.removesuffix(".Dockerfile"))
    folders = [ROOT / source for source in copied_from_the_project(path) if (ROOT / source).is_dir()]
    own = {folder.name for folder in folders}
    there = provided(packages)
    for file in (file for folder in folders for file in folder.rglob("*.py")):
        assert imported(file) - own - sys.stdlib_module_names <= there, file


def provided(packages: set[str]) -> set[str]:
    """Returns the names that one can import from the given distributions."""
    return {
        path.parts[0].removesuffix(".py")
        for distribution in distributions()
        if re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower() in packages
        for path in distribution.files or ()
    }


def imported(file: Path) -> set[str]:
    """Returns the top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def locked_packages(group: str) -> set[str]:
    """Returns what the lock file brings in for the project itself and one of its groups."""
    locked = tomli.loads((ROOT / "uv.lock").read_text())["package"]
    needs = {package["name"]: package.get("dependencies", []) for package in locked}
    extras = {package["name"]: package.get("optional-dependencies", {}) for package in locked}
    project = next(package for package in locked if "dev-dependencies" in package)
    waiting = [*project["dependencies"], *project["dev-dependencies"][group]]
    found: set[str] = set()
    while waiting:
        needed = waiting.pop()
        for extra in needed.get("extra", []):
            waiting.extend(extras[needed["name"]].get(extra, []))
        if needed["name"] not in found:
            found.add(needed["name"])
            waiting.extend(needs[needed["name"]])
    return found
