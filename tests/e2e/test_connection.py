"""The way to the host: what is unreachable is counted so, and https needs its certificate."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import StartSite
from .running import CONNECTION_PASSWORD, WIZARDS_NAME, Site, connectors, smarthost, state, writes

HTTPS = {"ansible_winrm_scheme": "https", "ansible_port": "{{ lab_https_port }}"}
BASIC = {"ansible_winrm_transport": "basic", "ansible_winrm_message_encryption": "auto"}
ASCII_PASSWORD = CONNECTION_PASSWORD.replace("Ü", "U")
"""Clients do not agree on how Basic writes other characters; the lab reads UTF-8, requests writes Latin-1."""
UNUSED_PORT = 1
"""Nothing listens there: tcpmux is history."""


def assert_unreachable(site: Site, variables: dict[str, Any], *words: str) -> None:
    """The recap counts the host as unreachable, the message says why, and nothing was asked of the host."""
    before = state(site.host)
    run = site.play([site.task(**smarthost())], "-vvvv", vars=variables)
    assert run.code == 4
    counters = run.recap()
    assert (counters["unreachable"], counters["failed"], counters["ok"]) == (1, 0, 0)
    message = run.result()["msg"]
    assert [word for word in ("sbs: found no WinRM connection", *words) if word not in message] == [], message
    assert state(site.host) == before and (site.host.log.count(), site.saved()) == (0, [])


def test_a_port_without_a_host_is_unreachable(sbs: Site) -> None:
    assert_unreachable(sbs, {"ansible_port": UNUSED_PORT}, "refused", "ansible_port")


def test_a_port_that_refuses_is_unreachable_until_it_is_open_again(sbs: Site) -> None:
    sbs.lab.order_fault("sbs", {"kind": "refuse_port"})
    assert_unreachable(sbs, {}, "ansible_host, ansible_port")
    sbs.lab.clear_faults("sbs")
    assert sbs.connector(**smarthost()).recap()["changed"] == 1


@pytest.mark.parametrize(
    "variables",
    [
        {"ansible_password": f"{CONNECTION_PASSWORD} und falsch"},
        {"ansible_user": "Gast"},
        {"ansible_password": "falsch", **HTTPS, **BASIC},
    ],
    ids=["password", "user", "basic"],
)
def test_a_wrong_login_is_unreachable(sbs: Site, variables: dict[str, Any]) -> None:
    # Without looking at the certificate: this is about the login.
    trust = {"ansible_winrm_server_cert_validation": "ignore"}
    assert_unreachable(sbs, {**variables, **trust}, "credentials were rejected", "ansible_user and the password")


def test_a_certificate_of_an_unknown_authority_is_unreachable(sbs: Site) -> None:
    assert_unreachable(sbs, HTTPS, "certificate verify failed")


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_https_works_once_its_authority_is_trusted(start: StartSite, transport: str) -> None:
    sbs = start(password=ASCII_PASSWORD)
    trusted = {
        **HTTPS,
        "ansible_winrm_ca_trust_path": str(sbs.lab.directory.ca_file),
        "ansible_winrm_transport": transport,
        "ansible_winrm_message_encryption": "auto",
    }
    run = sbs.play([sbs.task(**smarthost())], "-vvvv", vars=trusted)
    assert (run.code, run.recap()["changed"]) == (0, 1)
    assert connectors(sbs.host)[WIZARDS_NAME]["Port"] == 587
    assert (sbs.host.log.count(), sbs.host.open_shells) == (2, 0)


@pytest.mark.parametrize("name", ["ping", "facts", "send_connector_restore"])
def test_every_action_counts_an_unreachable_host_as_unreachable(sbs: Site, name: str) -> None:
    saved = sbs.connector(**smarthost()).result()["backup_file"]
    options = {"backup_file": saved, "confirm_no_smarthost": True} if name == "send_connector_restore" else {}
    run = sbs.play([{"name": name, f"sbs.mailflow.{name}": options}], vars={"ansible_port": UNUSED_PORT})
    assert (run.code, run.recap()["unreachable"], run.recap()["failed"]) == (4, 1, 0)
    assert writes(sbs.host) == ["Set-SendConnector"]


def test_a_play_can_go_on_without_an_unreachable_host(sbs: Site) -> None:
    task = {**sbs.task(**smarthost()), "ignore_unreachable": True, "register": "tried"}
    told = {"name": "told", "ansible.builtin.debug": {"msg": "{{ tried.reasons[0].remedy }}"}}
    run = sbs.play([task, told], vars={"ansible_port": UNUSED_PORT})
    assert run.code == 0 and "Check ansible_host" in run.output
