"""Receive connectors of the simulated Exchange: cmdlets in, error or read-back out; whom a client comes to."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.receive_connector import ReceiveConnector, connector_for
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.pop3.services import ServiceError

INTERNET = "Windows SBS Internet Receive SBS"
FQDN = "sbs.nt4admins.local"
RULE = errors.DATA_VALIDATION
SECURED = {"AuthMechanism": "Tls, ExternalAuthoritative", "PermissionGroups": "ExchangeServers"}


@pytest.fixture
def host() -> SimulatedMachine:
    return SimulatedMachine.from_state({})


def change(host: SimulatedMachine, command: str = "Set-ReceiveConnector", **given: Any) -> list[dict[str, Any]]:
    return host.invoke(command, {"Identity": INTERNET, **given} if command.startswith("Set") else given)


def read(host: SimulatedMachine, identity: str = INTERNET) -> dict[str, Any]:
    (found,) = host.invoke("Get-ReceiveConnector", {"Identity": identity})
    return found


def refused(host: SimulatedMachine, command: str = "Set-ReceiveConnector", **given: Any) -> CmdletError:
    before = host.dump()["receive_connectors"]
    with pytest.raises(CmdletError) as caught:
        change(host, command, **given)
    assert host.dump()["receive_connectors"] == before
    return caught.value


def test_an_untouched_sbs_has_four(host: SimulatedMachine) -> None:
    rows = host.invoke("Get-ReceiveConnector", {})
    assert [row["Identity"] for row in rows] == [
        r"SBS\Default SBS",
        r"SBS\Client SBS",
        rf"SBS\{INTERNET}",
        r"SBS\Windows SBS Fax Sharepoint Receive SBS",
    ]
    assert {row["Server"] for row in rows} == {"SBS"}
    assert rows[0]["DistinguishedName"].startswith("CN=Default SBS,CN=SMTP Receive Connectors,CN=Protocols,CN=SBS,")
    assert {row["Fqdn"] for row in rows} == {FQDN}


def test_untouched_connectors_break_no_rule(host: SimulatedMachine) -> None:
    for row in host.invoke("Get-ReceiveConnector", {}):
        change(host, Identity=row["Identity"], Comment="x")


def test_an_edge_or_plain_exchange_has_those_of_setup_alone() -> None:
    machine = SimulatedMachine.from_state("exchange2010")
    assert [str(row["Name"]).split()[0] for row in machine.invoke("Get-ReceiveConnector", {})] == ["Default", "Client"]


@pytest.mark.parametrize("identity", [INTERNET, INTERNET.upper(), rf"SBS\{INTERNET}"])
def test_identities_are_names_with_or_without_the_server(host: SimulatedMachine, identity: str) -> None:
    row = read(host, identity)
    assert read(host, row["DistinguishedName"]) == read(host, row["Guid"]) == row


def test_connectors_of_a_server(host: SimulatedMachine) -> None:
    assert len(host.invoke("Get-ReceiveConnector", {"Server": FQDN})) == 4
    with pytest.raises(CmdletError):
        host.invoke("Get-ReceiveConnector", {"Server": "EX9"})
    with pytest.raises(CmdletError) as caught:
        read(host, "no such")
    assert caught.value.type == errors.OBJECT_NOT_FOUND


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"Bindings": "192.168.1.2:25"}, {"Bindings": ["192.168.1.2:25"]}),
        ({"RemoteIPRanges": ["10.0.0.0/8", "::1"]}, {"RemoteIPRanges": ["10.0.0.0/8", "::1"]}),
        ({"AuthMechanism": "BasicAuth,tls"}, {"AuthMechanism": "Tls, BasicAuth"}),
        ({"AuthMechanism": ["None", "Tls"]}, {"AuthMechanism": "Tls"}),
        ({"PermissionGroups": "ExchangeUsers, AnonymousUsers"}, {"PermissionGroups": "AnonymousUsers, ExchangeUsers"}),
        ({"PermissionGroups": "None"}, {"PermissionGroups": "None"}),
        ({"Banner": "220 mail.beispiel.de"}, {"Banner": "220 mail.beispiel.de"}),
        ({"Fqdn": "mail.beispiel.de"}, {"Fqdn": "mail.beispiel.de"}),
        ({"Fqdn": None, "Comment": None}, {"Fqdn": None, "Comment": ""}),
        ({"MaxMessageSize": "25MB"}, {"MaxMessageSize": "25 MB (26,214,400 bytes)"}),
        ({"MaxRecipientsPerMessage": 5, "TarpitInterval": "00:00:10"}, {"TarpitInterval": "00:00:10"}),
        ({"MaxInboundConnection": "unlimited"}, {"MaxInboundConnection": "unlimited"}),
        (SECURED, {"AuthMechanism": "Tls, ExternalAuthoritative", "PermissionGroups": "ExchangeServers"}),
        ({"Name": "MX"}, {"Identity": r"SBS\MX"}),
    ],
)
def test_what_is_set_reads_back(host: SimulatedMachine, given: dict[str, Any], shown: dict[str, Any]) -> None:
    change(host, **given)
    row = read(host, given.get("Name", INTERNET))
    assert {name: row[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("given", "piece"),
    [
        ({"Bindings": []}, "Bindings parameter of a Receive connector must have"),
        ({"RemoteIPRanges": []}, "RemoteIPRanges parameter of a Receive connector must have"),
        ({"AuthMechanism": "BasicAuthRequireTLS, BasicAuth"}, "only together with BasicAuth and Tls"),
        ({"AuthMechanism": "BasicAuthRequireTLS, Tls"}, "only together with BasicAuth and Tls"),
        ({"AuthMechanism": "Integrated", "RequireTLS": True}, "RequireTLS parameter can be set to $true only if"),
        ({"AuthMechanism": "None", "DomainSecureEnabled": True}, "DomainSecureEnabled parameter can be set"),
        (SECURED | {"AuthMechanism": "ExternalAuthoritative, BasicAuth"}, "only alone or together with Tls"),
        (SECURED | {"PermissionGroups": "AnonymousUsers"}, "PermissionGroups parameter to ExchangeServers"),
        ({"Banner": "mail.beispiel.de"}, "must begin with 220"),
        ({"Banner": "220 Grüße"}, "printable ASCII"),
        ({"AuthMechanism": "ExchangeServer", "Fqdn": "mail.beispiel.de"}, "the NetBIOS name of the transport server"),
        ({"Identity": "Default SBS", "Fqdn": "mail.beispiel.de"}, 'FQDN of the transport server "sbs.nt4admins.local"'),
        ({"ConnectionTimeout": "00:05:00"}, "must be greater than"),
        ({"PermissionGroups": "AnonymousUsers, Custom"}, "Custom can't be set"),
        ({"RemoteIPRanges": ["192.168.1.0/24"]}, r'on Receive connector "SBS\Default SBS"'),
        ({"RemoteIPRanges": ["192.168.1.0-192.168.1.255"]}, "conflict with the settings"),
        ({"RemoteIPRanges": ["192.168.1.9-192.168.2.9"]}, "conflict with the settings"),
        ({"MaxMessageSize": "1KB"}, "isn't within the valid range"),
        ({"TarpitInterval": "00:11:00"}, "isn't within the valid range"),
    ],
)
def test_rules(host: SimulatedMachine, given: dict[str, Any], piece: str) -> None:
    error = refused(host, **given)
    assert (error.type, piece in error.message) == (RULE, True), error.message


@pytest.mark.parametrize(
    "given",
    [
        {"RemoteIPRanges": ["192.168.1.9"]},
        {"RemoteIPRanges": ["192.168.0.0/16"]},
        {"RemoteIPRanges": ["10.0.0.0/8", "172.16.0.0/12"]},
        {"RemoteIPRanges": ["192.168.1.0/24"], "Bindings": ["192.168.1.2:25"]},
        {"RemoteIPRanges": ["192.168.1.0/24"], "Bindings": ["0.0.0.0:2525"]},
        {"Identity": "Default SBS", "Fqdn": "SBS"},
        {"Identity": "Default SBS", "Fqdn": None},
        {"AuthMechanism": "Tls", "RequireTLS": True},
    ],
)
def test_what_the_rules_allow(host: SimulatedMachine, given: dict[str, Any]) -> None:
    change(host, **given)


@pytest.mark.parametrize(
    ("usage", "groups", "mechanism"),
    [
        ({}, "None", "None"),
        ({"Custom": True}, "None", "None"),
        ({"Usage": "Internet"}, "AnonymousUsers", "Tls"),
        ({"Internet": True, "PermissionGroups": "None"}, "None", "Tls"),
        ({"Usage": "Partner"}, "Partners", "Tls"),
        ({"Internal": True}, "ExchangeServers, ExchangeLegacyServers", "Tls, ExchangeServer"),
        ({"Client": True}, "ExchangeUsers", "Tls, Integrated, BasicAuth, BasicAuthRequireTLS"),
    ],
)
def test_a_new_one_begins_with_its_usage(
    host: SimulatedMachine, usage: dict[str, Any], groups: str, mechanism: str
) -> None:
    places = {"Bindings": "0.0.0.0:25", "RemoteIPRanges": "192.168.1.50"}
    (row,) = change(host, "New-ReceiveConnector", Name="Neu", **places, **usage)
    assert (row["PermissionGroups"], row["AuthMechanism"], row["Fqdn"]) == (groups, mechanism, FQDN)
    assert row == read(host, r"sbs\neu")


def test_what_is_left_out_says_which_usage_is_meant(host: SimulatedMachine) -> None:
    (row,) = change(host, "New-ReceiveConnector", Name="A", Bindings="0.0.0.0:2525")
    assert (row["PermissionGroups"], row["RemoteIPRanges"]) == ("AnonymousUsers", ["0.0.0.0-255.255.255.255"])
    (row,) = change(host, "New-ReceiveConnector", Name="B", RemoteIPRanges="192.168.1.50")
    assert (row["PermissionGroups"], row["Bindings"]) == ("ExchangeServers, ExchangeLegacyServers", ["0.0.0.0:25"])


def test_what_a_new_one_is_refused_for(host: SimulatedMachine) -> None:
    places = {"Bindings": "0.0.0.0:26", "RemoteIPRanges": "192.168.1.50"}
    assert refused(host, "New-ReceiveConnector", Name=INTERNET, **places).type == errors.OBJECT_EXISTS
    with_client = {"Client": True, "Bindings": "0.0.0.0:26", "RemoteIPRanges": "192.168.1.50", "Usage": "Client"}
    assert refused(host, "New-ReceiveConnector", Name="N", **with_client).type == errors.BINDING
    assert refused(host, "New-ReceiveConnector", Name="N", **places, Server="EX9").type == errors.LOCALIZED
    assert refused(host, "New-ReceiveConnector", Name="N", **places, TlsCertificateName="x").type == errors.BINDING


def test_what_if_changes_nothing(host: SimulatedMachine) -> None:
    before = host.dump()["receive_connectors"]
    places = {"Bindings": "0.0.0.0:26", "RemoteIPRanges": "192.168.1.50"}
    assert change(host, "New-ReceiveConnector", Name="N", **places, WhatIf=True) == []
    change(host, Comment="x", WhatIf=True)
    host.invoke("Remove-ReceiveConnector", {"Identity": INTERNET, "WhatIf": True})
    assert host.dump()["receive_connectors"] == before


def test_removing_asks_first(host: SimulatedMachine) -> None:
    with pytest.raises(CmdletError) as caught:
        host.invoke("Remove-ReceiveConnector", {"Identity": INTERNET})
    assert caught.value.type == errors.NON_INTERACTIVE
    host.invoke("Remove-ReceiveConnector", {"Identity": INTERNET, "Confirm": False})
    assert len(host.invoke("Get-ReceiveConnector", {})) == 3


def test_a_german_host_says_it_in_german() -> None:
    error = refused(SimulatedMachine.from_state("sbs2011_german"), Banner="Hallo")
    assert error.message.startswith("Das SMTP-Banner muss mit 220 beginnen")


# ---- whom a client comes to


def chosen(host: SimulatedMachine, binding: str, client: str) -> str | None:
    assert host.organisation is not None
    found = host.organisation.receive_connectors.for_client(binding, client)
    return found and found.Name


@pytest.mark.parametrize(
    ("binding", "client", "name"),
    [
        ("192.168.1.2:25", "203.0.113.9", INTERNET),
        ("192.168.1.2:25", "192.168.1.77", "Default SBS"),
        ("0.0.0.0:25", "203.0.113.9", INTERNET),
        ("127.0.0.1:25", "127.0.0.1", "Windows SBS Fax Sharepoint Receive SBS"),
        ("192.168.1.2:587", "203.0.113.9", "Client SBS"),
        ("192.168.1.2:2525", "203.0.113.9", None),
        ("[fe80::1]:25", "2001:db8::9", None),
        ("[fe80::1]:587", "2001:db8::9", "Client SBS"),
    ],
)
def test_the_most_specific_connector_wins(host: SimulatedMachine, binding: str, client: str, name: str | None) -> None:
    assert chosen(host, binding, client) == name


def test_a_disabled_connector_takes_nobody(host: SimulatedMachine) -> None:
    change(host, Enabled=False)
    assert chosen(host, "192.168.1.2:25", "203.0.113.9") is None


def test_the_range_decides_and_then_the_very_address() -> None:
    state = [
        {"Name": "All", "RemoteIPRanges": ["0.0.0.0-255.255.255.255"]},
        {"Name": "Lan", "RemoteIPRanges": ["192.168.0.0/16"]},
        {"Name": "Scanner", "RemoteIPRanges": ["192.168.1.50"]},
        {"Name": "Own", "RemoteIPRanges": ["192.168.0.0/16"], "Bindings": ["192.168.1.2:25"]},
    ]
    host = SimulatedMachine.from_state({"receive_connectors": state})
    assert chosen(host, "0.0.0.0:25", "192.168.1.50") == "Scanner"
    assert chosen(host, "0.0.0.0:25", "192.168.7.50") == "Lan"
    assert chosen(host, "192.168.1.2:25", "192.168.1.50") == "Own"
    assert chosen(host, "192.168.1.2:25", "10.0.0.1") == "All"


def named(host: SimulatedMachine, name: str = INTERNET) -> ReceiveConnector:
    assert host.organisation is not None
    return next(each for each in host.organisation.receive_connectors.local if each.Name == name)


def test_nobody_is_chosen_among_none() -> None:
    assert connector_for([], "0.0.0.0:25", "10.0.0.1") is None


@pytest.mark.parametrize(
    ("given", "anonymous", "relay", "user"),
    [
        ({"PermissionGroups": "AnonymousUsers"}, True, False, False),
        ({"PermissionGroups": "AnonymousUsers, ExchangeUsers"}, True, False, True),
        ({"PermissionGroups": "ExchangeUsers"}, False, False, True),
        ({"PermissionGroups": "ExchangeServers"}, False, False, False),
        (SECURED, True, True, True),
        ({"PermissionGroups": "None"}, False, False, False),
    ],
)
def test_who_may_send_and_who_may_relay(
    host: SimulatedMachine, given: dict[str, Any], anonymous: bool, relay: bool, user: bool
) -> None:
    change(host, **given)
    found = named(host)
    assert found.accepts_anonymous == found.accepts("anonymous") == anonymous
    assert (found.relays_for("anonymous"), found.relays_for("anna")) == (relay, user)


def test_what_ehlo_offers(host: SimulatedMachine) -> None:
    change(host, AuthMechanism="Tls, BasicAuth, BasicAuthRequireTLS", Fqdn="mail.beispiel.de")
    found = named(host)
    assert (found.offers_starttls, found.offers_login(tls=False), found.offers_login(tls=True)) == (True, False, True)
    assert found.greeting.startswith("220 mail.beispiel.de ")
    change(host, AuthMechanism="BasicAuth", Banner="220 Willkommen")
    found = named(host)
    assert (found.offers_starttls, found.offers_login(tls=False), found.greeting) == (False, True, "220 Willkommen")


# ---- states, drift, dump


def test_a_state_asks_no_rule_but_knows_the_properties() -> None:
    given = {"Name": "X", "Banner": "Hallo", "RemoteIPRanges": [], "TarpitInterval": "00:00:00", "Comment": "c"}
    row = SimulatedMachine.from_state({"receive_connectors": [given]}).dump()["receive_connectors"][0]
    assert row | given == row
    for wrong in ({"Nope": 1}, {"RemoteIPRanges": ["x"]}, {"MaxRecipientsPerMessage": 0}):
        with pytest.raises(StateError, match="receive connector 'X'"):
            SimulatedMachine.from_state({"receive_connectors": [{"Name": "X", **wrong}]})


def test_drift_changes_adds_and_removes(host: SimulatedMachine) -> None:
    changes = [{"Name": INTERNET, "Banner": "220 x"}, {"Name": "Neu"}, {"Name": "Client SBS", "remove": True}]
    host.change({"receive_connectors": changes})
    rows = {row["Name"]: row for row in host.dump()["receive_connectors"]}
    assert (rows[INTERNET]["Banner"], "Neu" in rows, "Client SBS" in rows) == ("220 x", True, False)


def test_drift_is_whole_or_not_at_all(host: SimulatedMachine) -> None:
    before = host.dump()
    good: dict[str, Any] = {
        "receive_connectors": [{"Name": "Neu"}],
        "relay_rights": [{"connector": INTERNET, "user": "anonymous"}],
        "recipient_filter": {"validation": True, "agents_installed": False},
        "own_addresses": ["10.0.0.1"],
    }
    for bad in (
        {"certificates": [{"names": []}]},
        {"relay_rights": [{"connector": "no such", "user": "anonymous"}]},
        {"relay_rights": [{"connector": INTERNET}]},
        {"recipient_filter": {"validation": "yes"}},
        {"recipient_filter": {"nope": True}},
        {"own_addresses": ["x"]},
    ):
        with pytest.raises(StateError):
            host.change({**good, **bad})
        assert host.dump() == before
    host.change(good)
    assert host.dump()["recipient_filter"] == {"validation": True, "enabled": True, "agents_installed": False}
    assert host.own_addresses == host.dump()["own_addresses"] == ["10.0.0.1"]


@pytest.mark.parametrize("key", ["receive_connectors", "relay_rights", "certificates"])
def test_a_host_without_exchange_has_none_of_it(key: str) -> None:
    with pytest.raises(StateError, match="no simulated Exchange"):
        SimulatedMachine.from_state({"profile": "no_exchange", key: [{"Name": "x"}]})


def test_smtp_does_not_start_where_the_server_lacks_the_address(host: SimulatedMachine) -> None:
    change(host, Bindings=["192.168.1.9:25"])
    assert host.lacking_bindings == ["192.168.1.9:25"]
    assert host.started("MSExchangeTransport") is not None
    with pytest.raises(ServiceError, match="Cannot start service"):
        host.restart_service("MSExchangeTransport")
    assert host.started("MSExchangeTransport") is None
    host.reboot()
    assert host.started("MSExchangeTransport") is None
    host.change({"own_addresses": ["127.0.0.1", "192.168.1.9"]})
    host.start_service("MSExchangeTransport")
    assert host.started("MSExchangeTransport") is not None


def test_an_address_that_no_enabled_connector_wants_is_not_lacking(host: SimulatedMachine) -> None:
    change(host, Bindings=["192.168.1.9:25"], Enabled=False)
    host.restart_service("MSExchangeTransport")
    assert SimulatedMachine.from_state("no_exchange").lacking_bindings == []
