"""Other ways out of a server, and what a server tells of its TLS, through real WinRM."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import StartSite
from .running import ROOT, writes

HOUSE = {"Name": "Windows SBS Company Web Connector SBS", "AddressSpaces": ["companyweb"]}
WIZARD = {"Name": "Windows SBS Internet Send SBS", "AddressSpaces": ["*"]}
PARTNER = {
    "Name": "Partner",
    "AddressSpaces": ["*.de;5", "gmx.net"],
    "SmartHosts": ["mx.partner.example"],
    "DNSRoutingEnabled": False,
}
FOREIGN = {"SourceTransportServers": ["ALT"], "IsScopedConnector": True}


def said(result: dict[str, Any]) -> list[str]:
    return [str(each) for each in result.get("warnings", [])]


def test_ways_past_the_smart_host_are_told_in_every_run(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [HOUSE, WIZARD]})

    def run(*words: str) -> dict[str, Any]:
        directory = str(sbs.lab.directory.path)
        done = sbs.run(ROOT / "playbooks" / "site.yml", *words, SBS_LAB_DIRECTORY=directory)
        assert done.code == 0, done.output
        nouns = [each.get("result", each).get("nouns", {}) for each in done.tasks]
        return next(told for each in nouns for told in each.values() if "other_routes" in told)

    run()
    result = run()
    assert (result["changed"], said(result)) == (False, [])
    assert [each["name"] for each in result["other_routes"]] == [HOUSE["Name"]]
    sbs.host.machine.change({"send_connectors": [PARTNER]})
    told = run()
    (notice,) = said(told)
    assert (
        "Mail to *.de (cost 5), gmx.net (cost 1) may be sent through the connector 'Partner' (mx.partner.example)"
        in notice
    )
    known = run("-e", '{"send_connector_known_routes": ["Partner"]}')
    assert said(known) == []


def test_a_connector_of_a_retired_server_is_not_adopted_in_silence(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [{**WIZARD, **FOREIGN}]})
    directory = str(sbs.lab.directory.path)
    done = sbs.run(ROOT / "playbooks" / "site.yml", SBS_LAB_DIRECTORY=directory)
    assert done.code != 0 and writes(sbs.host) == []
    assert "source_transport_servers" in done.output and "is_scoped_connector" in done.output


@pytest.mark.parametrize("profile", ["sbs2011", "sbs2011_wmf3"])
def test_a_server_tells_what_it_lacks(start: StartSite, profile: str) -> None:
    old = {"exsetup_version": "14.1.218.15", "dotnet_tls12": False, "registry": {}, "max_memory_per_shell_mb": 150}
    sbs = start({"profile": profile, **old})
    tasks = [{"name": "ping", "sbs.mailflow.ping": {}}, {"name": "facts", "sbs.mailflow.facts": {}}]
    run = sbs.play(tasks)
    facts = run.result("facts")["ansible_facts"]["sbs_mailflow"]
    assert (facts["exchange"]["update_name"], facts["tls"]["exchange_tls12"]) == ("Exchange Server 2010 SP1", False)
    assert facts["tls"]["agent_tls12"] is False
    assert facts["tls"]["schannel"]["TLS 1.2"]["client"] == {"state": "absent", "on": False}
    assert all("150 MB" in " ".join(said(run.result(name))) for name in ("ping", "facts"))
    if profile == "sbs2011_wmf3":
        message = sbs.connector(name="Smarthost", address_spaces=["*"], smart_hosts=["smtp.strato.de"]).result()["msg"]
        assert "CLR 4" in message and "exchange_connection: endpoint" in message
