import pytest

from connectors.whatsapp.sending import FIRST_DELAY, MAX_DELAY, backoff


@pytest.mark.parametrize("attempt", [1, 2, 5, 50, 500])
def test_waits_longer_after_each_attempt_within_bounds_and_never_all_at_once(attempt: int) -> None:
    delays = {backoff(attempt) for _ in range(20)}
    longest = min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 1))
    assert len(delays) > 1
    assert all(0.75 * longest <= delay <= longest for delay in delays)
