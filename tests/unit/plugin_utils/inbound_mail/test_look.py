"""A look at a host, from its replies to the result: what is asked, whom, how often, and what is kept."""

from __future__ import annotations

from pathlib import Path

from tests.unit.plugin_utils.inbound_mail.inbound_host import InboundHost, look


def test_a_healthy_host(tmp_path: Path) -> None:
    host = InboundHost()
    told = look(host, tmp_path)
    assert told["verdict"] == "healthy", told
