"""Receive connectors over real WinRM: looked at, closed, narrowed and put back, with mail that comes to the lab."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import StartSite
from .running import Run, Site, writes

INTERNET = "Windows SBS Internet Receive SBS"
ALL = "0.0.0.0-255.255.255.255"
SCANNER, PROVIDER, OUTSIDE = "192.168.1.50", "203.0.113.9", "198.51.100.7"
INSIDE, ELSEWHERE = "user1@nt4admins.local", "jemand@anderswo.example"
STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "language": "de",
    "recipients": [{"Name": "user1", "Alias": "user1"}],
    "receive_connectors": [
        {"Name": INTERNET, "PermissionGroups": "AnonymousUsers", "AuthMechanism": "Tls"},
        {"Name": "Scanner", "RemoteIPRanges": [SCANNER], "PermissionGroups": "AnonymousUsers"},
    ],
    "relay_rights": [{"connector": name, "user": "anonymous"} for name in (INTERNET, "Scanner")],
}
DECLARED = {"adopt": True, "max_message_size": "25MB", "close_relay": True}
NARROW = {**DECLARED, "remote_ip_ranges": ["203.0.113.0/24"]}


def declare(site: Site, *words: str, **options: Any) -> Run:
    """Runs one task receive_connector."""
    task = {"name": "task", "sbs.mailflow.receive_connector": {"backup_dir": str(site.backups), **options}}
    return site.play([task], *words)


def takes(site: Site, client: str, recipient: str, to: str = "0.0.0.0:25") -> bool:
    """Whether the lab takes that client's mail."""
    try:
        return site.host.machine.receive("a@b.example", [recipient], client=client, to=to)[-1].startswith("2")
    except ConnectionRefusedError:
        return False


@pytest.fixture
def sbs(start: StartSite) -> Site:
    """A site whose server relays for everyone."""
    return start(STATE)


def test_a_relay_is_told_closed_and_opened_again_where_that_is_confirmed(sbs: Site) -> None:
    host = sbs.host
    looked = declare(sbs, "--check", "--diff", **{**DECLARED, "close_relay": False})
    assert (looked.code, looked.result()["open_relays"], host.log.count()) == (0, [INTERNET], 1)
    assert "is an open relay" in looked.output and writes(host) == [] and sbs.saved() == []

    done = declare(sbs, **DECLARED)
    assert done.statuses() == ["done", "done"] and done.result()["open_relays"] == []
    assert writes(host) == ["Remove-ADPermission", "Set-ReceiveConnector"]
    assert not takes(sbs, OUTSIDE, ELSEWHERE) and takes(sbs, SCANNER, ELSEWHERE) and takes(sbs, OUTSIDE, INSIDE)

    calls = host.log.count()
    again = declare(sbs, **DECLARED)
    assert (again.code, again.recap()["changed"], host.log.count()) == (0, 0, calls + 1)

    back = {"receive_connector_backup_dir": str(sbs.backups), "backup_file": done.result()["backup_file"]}
    refused = sbs.project("restore", **back)
    assert refused.recap()["failed"] == 1 and "confirm_open_relay=true" in refused.output
    assert not takes(sbs, OUTSIDE, ELSEWHERE)
    assert sbs.project("restore", **back, confirm_open_relay=True).recap()["changed"] == 1
    assert takes(sbs, OUTSIDE, ELSEWHERE)


def test_a_narrower_connector_loses_nobody_unnamed(sbs: Site) -> None:
    for client in (OUTSIDE, PROVIDER, "192.168.1.60"):
        assert takes(sbs, client, INSIDE)
    refused = declare(sbs, **NARROW)
    found = refused.result()
    assert refused.recap()["failed"] == 1 and found["open_relays"] == []  # closed all the same
    assert "192.168.1.60" in refused.output and OUTSIDE in refused.output and takes(sbs, OUTSIDE, INSIDE)

    done = declare(sbs, **{**NARROW, "clients_given_up": [ALL, "192.168.1.60"]})
    assert done.statuses() == ["done"]
    own = (("127.0.0.1", "127.0.0.1:25"), ("192.168.1.2", "192.168.1.2:25"))
    assert all(takes(sbs, client, INSIDE, to) for client, to in own)
    assert takes(sbs, SCANNER, ELSEWHERE) and takes(sbs, PROVIDER, INSIDE) and not takes(sbs, OUTSIDE, INSIDE)
    assert declare(sbs, **{**NARROW, "clients_given_up": [ALL, "192.168.1.60"]}).recap()["changed"] == 0


def test_the_site_s_playbook_has_it_first_and_converges_in_one_process(sbs: Site) -> None:
    variables = {f"receive_connector_{name}": value for name, value in DECLARED.items()}
    variables |= {"transport_queue_max_idle_time": 5, "mail_flow_backup_dir": str(sbs.backups)}
    assert sbs.project("site", **variables).recap()["changed"] == 1
    assert writes(sbs.host) == ["Remove-ADPermission", "Set-ReceiveConnector", "Set-TransportServer"]
    calls = sbs.host.log.count()
    assert sbs.project("site", **variables).recap()["changed"] == 0
    assert sbs.host.log.count() == calls + 1
