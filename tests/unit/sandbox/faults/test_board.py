from sandbox.faults.board import ApiFaults


def test_the_latency_drawn_is_mostly_short_and_never_above_its_limit() -> None:
    faults = ApiFaults(latency_ms=50, latency_up_to_ms=800)
    waits = [faults.wait_ms() for _ in range(4000)]

    assert 50 <= min(waits) < 51
    assert 750 < max(waits) <= 850
    short = sum(wait <= 50 + 100 for wait in waits) / len(waits)
    assert 0.4 < short < 0.6


def test_without_faults_nothing_waits_and_nothing_is_spoilt() -> None:
    assert ApiFaults().wait_ms() == 0
    assert not ApiFaults().spoils_answers()
