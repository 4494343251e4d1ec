"""The trained model, kept under a hash of all it is made from."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from launcher.console import Console
from launcher.process import QUIET_MODULE, CommandError, run_command

MODELS = "models"
KEPT_MODELS = 4
COMPONENT_NAME = re.compile(r"""^\s*-?\s*name:\s*["']?([\w.]+)""", re.MULTILINE)


def model_path(root: Path) -> Path:
    """Returns where the model for the present configuration, domain, data and Rasa lies or will lie."""
    return root / MODELS / f"{_content_hash(root)}.tar.gz"


def train(root: Path, variables: Mapping[str, str], console: Console) -> Path:
    """Returns the model for what the project says now, training it if nobody has.

    Raises:
        CommandError: Rasa could not train it.
    """
    model = model_path(root)
    if model.exists():
        console.say(f"The model is up to date ({model.relative_to(root)}).")
        os.utime(model)  # a plain `rasa run` takes the newest
        return model
    console.say("Training the model: the configuration, the domain or the data changed…")
    # An interrupted training must not leave a half-written file under a name that means "done".
    building = root / MODELS / ".building"
    command = (*QUIET_MODULE, "rasa", "train", "--domain", _domain(root).name, "--data", "data")
    name = model.name.removesuffix(".tar.gz")
    run_command("training", (*command, "--out", str(building), "--fixed-model-name", name), variables, root)
    if not (building / model.name).exists():
        raise CommandError("training ended without a model; Rasa's lines above say why")
    (building / model.name).replace(model)
    _prune(model.parent)
    console.say(f"Trained {model.relative_to(root)}.")
    return model


def _content_hash(root: Path) -> str:
    digest = hashlib.sha256(f"rasa {version('rasa')}".encode())
    for path in sorted(_sources(root)):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _sources(root: Path) -> Iterator[Path]:
    for source in (root / "config.yml", _domain(root), root / "data", *_component_code(root)):
        if source.is_dir():
            yield from (p for p in source.rglob("*") if p.is_file() and not _is_by_product(p))
        elif source.exists():
            yield source


def _is_by_product(path: Path) -> bool:
    return "__pycache__" in path.parts or path.name.startswith(".")


def _domain(root: Path) -> Path:
    file = root / "domain.yml"
    return file if file.exists() else root / "domain"


def _component_code(root: Path) -> set[Path]:
    """Returns the folders of this project's own pipeline components: their code shapes the model too."""
    found = set()
    for name in COMPONENT_NAME.findall((root / "config.yml").read_text(encoding="utf-8")):
        *package, module = name.split(".")[:-1] or [""]
        folder = root.joinpath(*package)
        if package and ((folder / f"{module}.py").exists() or (folder / module).is_dir()):
            found.add(folder)
    return found


def _prune(models: Path) -> None:
    newest_first = sorted(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT_MODELS:]:
        old.unlink()
