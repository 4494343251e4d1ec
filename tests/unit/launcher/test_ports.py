import os
import socket

import pytest

from launcher import ports


@pytest.fixture(params=[(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")])
def listener(request):
    family, address = request.param
    try:
        listener = socket.socket(family)
        listener.bind((address, 0))
    except OSError:
        pytest.skip("no IPv6 here")
    listener.listen()
    yield listener
    listener.close()


def test_finds_a_listener_on_whatever_address_and_its_process(listener):
    port = listener.getsockname()[1]
    assert ports.is_taken(port)
    assert f"process {os.getpid()} (" in (ports.owner(port) or "")


def test_a_port_is_free_again_when_the_listener_is_gone(listener):
    port = listener.getsockname()[1]
    listener.close()
    assert not ports.is_taken(port)
    assert ports.owner(port) is None
