"""The phone page: whole without the network, and deaf to HTML in messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from sandbox.faults.board import ApiFaults, TwilioFaults
from sandbox.twilio.phone_page import STATIC
from tests.integration.sandbox.twilio_world import World, twilio_world

SCRIPTS = sorted(STATIC.glob("*.js"))


@pytest.fixture
def world() -> Iterator[World]:
    with twilio_world() as world:
        yield world


def test_the_page_and_all_it_refers_to_is_served(world: World) -> None:
    page = world.http.get("/")

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'lang="es"' in page.text
    sources = page.text + "".join(path.read_text() for path in STATIC.glob("*.[jc]s*"))
    named = set(re.findall(r"/sandbox/static/[\w./-]+\.\w+", sources))
    imported = {f"/sandbox/static/{name}" for name in re.findall(r'from "\./([\w.]+)"', sources)}
    samples = {f"/sandbox/static/samples/{name}" for name in re.findall(r'sample\("([\w.-]+)"\)', sources)}
    assert min(len(named), len(imported), len(samples)) > 2
    for path in named | imported | samples:
        assert world.http.get(path).status_code == 200, path


def test_nothing_is_loaded_from_elsewhere(world: World) -> None:
    policy = world.http.get("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    for path in (STATIC / "index.html", *SCRIPTS, *STATIC.glob("*.css")):
        assert not re.search(r"(src|href|import|url\()\W*(https?:)?//", path.read_text()), path.name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_reads_text_as_html(script: object) -> None:
    source = (STATIC / str(script)).read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", source)


@pytest.mark.parametrize(("part", "faults"), [("twilio", TwilioFaults), ("api", ApiFaults)])
def test_every_fault_of_twilio_and_the_api_can_be_set_on_the_page(part: str, faults: type[BaseModel]) -> None:
    page = (STATIC / "index.html").read_text()

    assert set(re.findall(rf'name="{part}\.(\w+)"', page)) == set(faults.__fields__)


def test_the_page_has_all_that_its_scripts_look_for() -> None:
    page = (STATIC / "index.html").read_text()
    ids = set(re.findall(r'\bid="([\w-]+)"', page))

    for path in SCRIPTS:
        assert set(re.findall(r'(?:byId|getElementById|prepare)\("([\w-]+)"\)', path.read_text())) <= ids, path.name


def test_the_page_follows_every_event_that_is_told() -> None:
    told = set()
    for path in STATIC.parent.glob("*.py"):
        told |= set(re.findall(r'publish(?:, |\()"(\w+)"', path.read_text()))
    (followed,) = re.findall(r"for \(const event of \[(.+)\]\)", (STATIC / "api.js").read_text())

    assert "mail" in told
    assert told | {"hello"} == set(re.findall(r"\w+", followed))
