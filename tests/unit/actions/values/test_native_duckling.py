import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from actions.values import Context, Read, Unclear, native_duckling, read_fecha


def test_counts_offsets_in_characters(ctx: Context) -> None:
    (said,) = native_duckling.days_said("ñañaña 👍 el tercer jueves de enero", ctx.now)

    assert (said.start, said.end, said.day) == (9, 34, date(2027, 1, 21))


def test_answers_the_same_to_many_threads(ctx: Context) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: native_duckling.days_said("mañana", ctx.now), range(64)))

    assert {answer[0].day for answer in answers} == {date(2026, 11, 24)}


def test_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, actions.values; sys.exit('duckling' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reads_ordinary_dates_where_no_duckling_is_installed(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_duckling, "_runtime", lambda: None)

    assert read_fecha("el martes", ctx) == Read(date(2026, 11, 24))
    assert read_fecha("hola", ctx) == Unclear("sin_valor")


@pytest.mark.parametrize("word", ["1 ", "lunes ", "mil ", "el 1 de "])
def test_asks_nothing_that_would_take_duckling_minutes(word: str, ctx: Context) -> None:
    assert native_duckling.days_said(word * 100, ctx.now) == ()
