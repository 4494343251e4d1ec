"""Colour is for people at a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SPEAK = "from launcher.console import Console; Console(('rasa', 'sandbox')).part_line('rasa', 'lista')"


def spoken(variables, *, on_a_terminal):
    ours, theirs = pty.openpty() if on_a_terminal else os.pipe()
    subprocess.run([sys.executable, "-c", SPEAK], stdout=theirs, cwd=ROOT, env=variables, check=True)
    os.close(theirs)
    text = os.read(ours, 4096).decode()
    os.close(ours)
    return text.replace("\r\n", "\n")


def test_a_terminal_gets_colour():
    assert spoken({}, on_a_terminal=True) == "\033[35mrasa    |\033[0m lista\n"


def test_no_color_is_respected():
    assert spoken({"NO_COLOR": "1"}, on_a_terminal=True) == "rasa    | lista\n"


def test_a_file_gets_none():
    assert spoken({}, on_a_terminal=False) == "rasa    | lista\n"
