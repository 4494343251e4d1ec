from __future__ import annotations

import pytest

from connectors.orchestrator.compression import SMALLEST, chosen, compressed


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, deflate", "deflate"),
        ("*", "gzip"),
        ("gzip;q=0.2, deflate;q=0.8", "deflate"),
        ("gzip;q=0", None),
        ("gzip;q=0, *;q=0.1", "deflate"),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=much", None),
        ("gzip;q=1.5", None),
        ("*;q=0", None),
        (",;,", None),
    ],
)
def test_takes_the_coding_that_the_client_likes_best(accepted: str, coding: str | None) -> None:
    assert chosen(accepted) == coding


async def test_what_is_small_stays_as_it_is() -> None:
    assert await compressed(b"a" * (SMALLEST - 1), "gzip") == (b"a" * (SMALLEST - 1), None)
    assert (await compressed(b"a" * SMALLEST, "gzip"))[1] == "gzip"
