"""No test gets off this machine."""

from __future__ import annotations

import socket

import pytest


def test_connecting_elsewhere_fails_before_a_packet_is_sent() -> None:
    with socket.socket() as client, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        client.connect(("192.0.2.1", 9))


def test_connecting_to_the_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
