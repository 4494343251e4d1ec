"""Rewording by a real model, as small as they come: whatever it writes, what goes out is right.

`scripts/llm prepare` makes what this needs. Without it, `REAL_MODEL_URL` may name a server of OpenAI's shape that runs
already (with `REAL_MODEL_NAME`, and `REAL_MODEL_KEY` if it asks for one). What came of it is in
`results/real_model.md`.

What is right is told here apart from the lock in `actions/phrasing`, on purpose: one mistake cannot hide in both.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from actions.dialogue.turn import Said
from actions.phrasing.phraser import make_phraser
from actions.settings import Settings
from tests.integration.actions.conftest import ROOT, free_port, running

TIMES = 200
# Far above what a turn may wait: what is asked here is what the model says, and how long it takes is reported.
PATIENCE = 30.0
A_TURN_WAITS = 4.0
READY = ROOT / ".venv-llm" / ".ready"
RESULTS = ROOT / "results" / "real_model.md"
# Nothing of the model's was read in these.
UNANSWERED = re.compile(r"timeout|unreachable|http_|budget|breaker|circuit|cache|quota|skipped")
MADE_UP: tuple[dict[str, str], ...] = (
    {
        "nombre": "Ximena",
        "fecha": "martes 24 de noviembre",
        "hora": "15:30",
        "cita_id": "C-1042",
        "email": "ximena@example.com",
        "monto": "50.00 USD",
        "dias": "90",
        "rango": "el jueves 3 de diciembre",
        "enlace": "https://pagos.example.com/p/7781",
        "referencia": "P-5501",
        "adeudo": "75.00 USD",
        "solicitud_id": "S-3009",
        "asunto": "cambio de titular",
        "actualizada": "viernes 20 de octubre",
        "teléfono": "+52 55 1234 5678",
        "fecha_nacimiento": "5 de mayo de 1990",
    },
    {
        "nombre": "José Ángel Núñez",
        "fecha": "lunes 1 de febrero de 2027",
        "hora": "9:00",
        "cita_id": "C-7",
        "email": "j.nunez+citas@correo.example.org",
        "monto": "1,250.50 MXN",
        "dias": "180",
        "rango": "esta semana",
        "enlace": "https://p.example.net/c?id=9&t=aB3",
        "referencia": "PAGO-00-17",
        "adeudo": "2,400.00 MXN",
        "solicitud_id": "S-12",
        "asunto": "no puedo entrar",
        "actualizada": "2 de enero",
        "teléfono": "+34 600 100 200",
        "fecha_nacimiento": "29 de febrero de 1988",
    },
)
# What a text may hold only where its template does. Accents are taken off before.
FOREIGN: dict[str, str] = {
    "digit": r"\d+",
    "number word": (
        r"\b(?:dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w+|veint\w+|"
        r"treinta\w*|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(?:to)?s?|\w+cient[oa]s|mil|millon(?:es)?|"
        r"docena|mitad|doble)\b"
    ),
    "month": (r"\b(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)\b"),
    "day": r"\b(?:lunes|martes|miercoles|jueves|viernes|sabados?|domingos?|hoy|ayer|manana|mediodia|medianoche)\b",
    "currency": r"[$€£¥%]|\b(?:usd|mxn|eur|cop|ars|dolar(?:es)?|pesos?|euros?|centavos?)\b",
    "link": r"\w+://|\bwww\b|\b[\w-]+\.(?:com|net|org|info|app|mx|es|io|me|ly|co|ar|cl)\b",
    "e-mail": r"@|\barroba\b",
    "negation": r"\b(?:no|ni|nunca|jamas|tampoco|sin|nada|nadie|ningun[oa]?s?)\b",
    "mark": r"\[\[|\]\]|[<>{}|]",
}
PLACEHOLDER = re.compile(r"\{([^{}\n]+)\}")


def folded(text: str) -> str:
    """Takes off accents and capitals."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def without_facts(text: str, facts: Mapping[str, str], wanted: Counter[str]) -> tuple[str, list[str]]:
    """Takes the facts out of a text, the longest first, as one may stand in another; says which stand not as often."""
    complaints = []
    for name, value in sorted(facts.items(), key=lambda fact: -len(fact[1])):
        text, times = re.subn(rf"(?<![^\W_]){re.escape(value)}(?![^\W_])", " ", text)
        if times != wanted[name]:
            complaints.append(f"fact {name}: {times} times, not {wanted[name]}")
    return text, complaints


def complaints(text: str, template: str, facts: Mapping[str, str]) -> list[str]:
    """Says what is wrong with a text that went out in place of a template."""
    wanted = Counter(PLACEHOLDER.findall(template))
    rest, found = without_facts(text, {name: facts[name] for name in wanted}, wanted)
    theirs, ours = folded(rest), folded(PLACEHOLDER.sub(" ", template))
    for kind, pattern in FOREIGN.items():
        found += [f"{kind}: {word}" for word in sorted({*re.findall(pattern, theirs)} - {*re.findall(pattern, ours)})]
    if re.search(FOREIGN["negation"], ours) and not re.search(FOREIGN["negation"], theirs):
        found.append("negation lost")
    return found


def rewordable() -> dict[str, list[str]]:
    """Reads the variations, by response, of what may be reworded."""
    responses = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    free = {
        name: [
            variation["text"].strip()
            for variation in variations
            if "text" in variation and "buttons" not in variation and not variation.get("metadata", {}).get("exact")
        ]
        for name, variations in responses.items()
    }
    return {name: texts for name, texts in free.items() if texts}


def calls_in(report: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """Gives the reason, "accepted" where there is none, and the milliseconds of each call that is reported."""
    calls = (report or {}).get("calls", [])
    return [(call["reason"] or call["verdict"], call["ms"]) for call in calls]


@dataclass
class Tally:
    """What a run came to."""

    asked: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    milliseconds: list[int] = field(default_factory=list)
    out: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """How many of the model's texts were read."""
        return sum(times for reason, times in self.reasons.items() if not UNANSWERED.search(reason))

    def table(self, model: str) -> str:
        """Writes it down as Markdown."""
        times = sorted(self.milliseconds) or [0]
        in_time = sum(ms <= A_TURN_WAITS * 1000 for ms in times) / len(times)
        figures = {
            "messages": self.asked,
            "went out reworded": f"{len(self.out)} ({len(self.out) / self.asked:.0%})",
            "wrong among those": len(self.wrong),
            "milliseconds, median / 95 % / most": (
                f"{statistics.median(times):.0f} / {times[int(len(times) * 0.95)]} / {times[-1]}"
            ),
            f"within {A_TURN_WAITS:.0f} s": f"{in_time:.0%}",
            **{f"`{reason}`": times for reason, times in self.reasons.most_common()},
        }
        rows = [f"| {name} | {figure} |" for name, figure in figures.items()]
        texts = [f"* `{name}`: {' / '.join(text.splitlines())}" for name, text in self.out]
        wrong = ["## Wrong", "", *(f"* {line}" for line in self.wrong), ""] if self.wrong else []
        return "\n".join(
            [f"# Rewording by {model}", "", "| | |", "| --- | --- |", *rows, "", *wrong, "## Went out", "", *texts, ""]
        )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A real model: the settings that use it."""
    if url := os.environ.get("REAL_MODEL_URL"):
        yield settings(url, os.environ.get("REAL_MODEL_NAME", "local"), os.environ.get("REAL_MODEL_KEY", "local"))
        return
    if not READY.exists():
        pytest.skip("no real model here: `scripts/llm prepare` makes one, or REAL_MODEL_URL names a server")
    port, log = free_port(), tmp_path_factory.mktemp("model") / "server.log"
    url = f"http://127.0.0.1:{port}/v1"
    with running([str(ROOT / "scripts" / "llm")], f"{url}/models", log, LLM_PORT=str(port)):
        yield settings(url, "gemma-3-270m", "local")


def settings(url: str, name: str, key: str) -> dict[str, Any]:
    return {"openrouter_base_url": url, "openrouter_model": name, "openrouter_api_key": key}


async def test_what_a_real_model_writes_goes_out_only_where_it_is_right(
    model: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    variations, tally = rewordable(), Tally()
    phraser = make_phraser(Settings(**model, phrasing_timeout=PATIENCE))
    try:
        for round_ in range(-(-TIMES // len(variations))):
            for name, templates in variations.items():
                facts = {fact: MADE_UP[round_ % 2][fact] for text in templates for fact in PLACEHOLDER.findall(text)}
                await _reword(phraser, Said(name, facts), templates, tally)
    finally:
        await phraser.close()

    report = tally.table(model["openrouter_model"])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report, encoding="utf-8")
    with capsys.disabled():
        sys.stdout.write("\n" + report.partition("## Went out")[0])

    assert tally.asked >= TIMES
    assert tally.answered, "the model said nothing"
    assert not tally.wrong, "\n".join(tally.wrong)


async def _reword(phraser: Any, said: Said, templates: list[str], tally: Tally) -> None:
    tally.asked += 1
    (text,), report = await phraser.reword([said])
    for reason, milliseconds in calls_in(report):
        tally.reasons[reason] += 1
        tally.milliseconds.append(milliseconds)
    if text is None:
        return
    tally.out.append((said.response, text))
    # Which variation was drawn is not told.
    wrong = min((complaints(text, template, said.facts) for template in templates), key=len)
    if wrong:
        tally.wrong.append(f"{said.response}: {', '.join(wrong)}: {text!r}")


TEMPLATE = "Tu cita {cita_id} quedó para el {fecha} a las {hora}."
RIGHT = "¡Qué bien! El martes 24 de noviembre, a las 15:30, es tu cita C-1042."


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (RIGHT, None),
        (RIGHT.replace("15:30", "3:30"), "fact hora: 0 times, not 1"),
        (f"{RIGHT} Nos vemos a las 15:30.", "fact hora: 2 times, not 1"),
        (RIGHT.replace("C-1042", "C-10425"), "fact cita_id: 0 times, not 1"),
        (f"{RIGHT} Llega 5 minutos antes.", "digit: 5"),
        (f"{RIGHT} Llega cinco minutos antes.", "number word: cinco"),
        (f"{RIGHT} El SÁBADO abrimos.", "day: sabado"),
        (f"{RIGHT} Mañana te recuerdo.", "day: manana"),
        (f"{RIGHT} En Diciembre hay más.", "month: diciembre"),
        (f"{RIGHT} Se paga en pesos.", "currency: pesos"),
        (f"{RIGHT} Se paga en €.", "currency: €"),
        (f"{RIGHT} Mira astral.com", "link: astral.com"),
        (f"{RIGHT} Escribe a ana@correo", "e-mail: @"),
        (f"{RIGHT} Ya no se puede cambiar.", "negation: no"),
        (f"{RIGHT} Sin costo.", "negation: sin"),
        (f"{RIGHT} [[4]]", "digit: 4"),
        (f"{RIGHT}<|im_end|>", "mark: <"),
    ],
)
def test_the_check_sees_what_is_wrong(text: str, complaint: str | None) -> None:
    found = complaints(text, TEMPLATE, MADE_UP[0])

    assert complaint in found if complaint else found == []


def test_the_check_sees_a_refusal_that_became_a_promise() -> None:
    assert complaints("El 24 atendemos.", "El {fecha} no atendemos.", {"fecha": "24"}) == ["negation lost"]


def test_the_check_takes_a_fact_for_itself_even_inside_another() -> None:
    facts = {"hora": "9:00", "rango": "de 9:00 a 18:00"}

    assert complaints("A las 9:00, y libre de 9:00 a 18:00.", "Libre {rango}: a las {hora}.", facts) == []


def test_every_fact_that_a_response_states_has_been_made_up() -> None:
    stated = {fact for texts in rewordable().values() for text in texts for fact in PLACEHOLDER.findall(text)}

    assert len(rewordable()) > 20
    assert all(stated <= facts.keys() for facts in MADE_UP)
