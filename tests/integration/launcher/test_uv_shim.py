"""`scripts/uv` on machines of several kinds, each a PATH with stand-ins for uv and Python."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("cat", "chmod", "dirname", "mkdir", "mktemp", "mv", "rm", "sh")
WORKING_UV = '#!/bin/sh\n[ "$1" = --version ] && { echo "uv 0.13.9"; exit 0; }\necho "NAME runs $*"\n'
# Accepts the questions whether it is new enough and has pip, and installs a uv where pip would.
PYTHON = """#!/bin/sh
CONDITION
case "$*" in
    *sys.executable*) echo "$0" ;;
    *install*)
        while [ "$1" != --target ]; do shift; done
        mkdir -p "$2/bin"
        cat "INSTALLED" > "$2/bin/uv"
        chmod +x "$2/bin/uv" ;;
esac
"""


class Machine:
    """A project folder and a PATH with the tools of any Unix and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "a project"
        self.bin = folder / "bin"
        self.folder = folder
        (self.project / "scripts").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "scripts" / "uv", self.project / "scripts")
        shutil.copy(ROOT / ".python-version", self.project)
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))

    def has(self, name: str, script: str) -> None:
        program = self.bin / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)

    def has_python(self, name: str = "python3", condition: str = "") -> None:
        installed = self.folder / "uv-from-pip"
        installed.write_text(WORKING_UV.replace("NAME", "pip's uv"))
        self.has(name, PYTHON.replace("CONDITION", condition).replace("INSTALLED", str(installed)))

    def uv(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.project / "scripts" / "uv"), *arguments],
            env={"PATH": str(self.bin), "HOME": str(self.folder)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_takes_the_uv_that_is_there(machine):
    machine.has("uv", WORKING_UV.replace("NAME", "this uv"))
    assert machine.uv("sync", "--frozen").stdout == "this uv runs sync --frozen\n"
    assert not (machine.project / ".tools").exists()


@pytest.mark.parametrize(
    "script",
    ["#!/bin/sh\necho 'pyenv: uv: command not found' >&2\nexit 127\n", "#!/bin/sh\necho 'uv 0.4.30'\n"],
    ids=["a pyenv shim that fails", "too old"],
)
def test_installs_its_own_where_the_one_there_is_of_no_use(machine, script):
    machine.has("uv", script)
    machine.has_python()
    assert machine.uv("sync").stdout == "pip's uv runs sync\n"


def test_installs_it_only_once(machine):
    machine.has_python()
    assert "Installing uv" in machine.uv("sync").stderr
    again = machine.uv("lock")
    assert (again.stdout, again.stderr) == ("pip's uv runs lock\n", "")


def test_finds_the_systems_python_behind_a_pyenv_that_lacks_the_projects_version(machine):
    machine.has_python(name="../usr-bin/python3")
    system = machine.folder / "usr-bin" / "python3"
    machine.has("python3", f'#!/bin/sh\n[ "$PYENV_VERSION" = system ] && exec "{system}" "$@"\nexit 1\n')
    assert machine.uv("sync").stdout == "pip's uv runs sync\n"


def test_finds_a_python_that_only_pyenv_has(machine):
    machine.has_python(name="../.pyenv/versions/3.12.1/bin/python3")
    assert machine.uv("sync").stdout == "pip's uv runs sync\n"


def test_says_what_to_install_where_there_is_nothing_to_build_on(machine):
    ended = machine.uv("sync")
    assert ended.returncode == 1
    assert "Python (3.8 or newer) with pip" in ended.stderr


def test_says_so_when_pip_cannot_install_and_leaves_nothing_behind(machine):
    machine.has_python(condition='case "$*" in *install*) exit 1 ;; esac')
    ended = machine.uv("sync")
    assert ended.returncode == 1
    assert "Is a package index reachable?" in ended.stderr
    assert list((machine.project / ".tools").iterdir()) == []


def test_points_uv_to_pyenvs_python_where_uv_cannot_find_one(machine):
    answers = '--version) echo "uv 0.13.9" ;; python) exit 2 ;; *) echo "$UV_PYTHON" ;;'
    machine.has("uv", f'#!/bin/sh\ncase "$1" in {answers} esac\n')
    machine.has_python(name="../.pyenv/versions/3.10.13/bin/python3")
    assert machine.uv("sync").stdout.strip().endswith(".pyenv/versions/3.10.13/bin/python3")
