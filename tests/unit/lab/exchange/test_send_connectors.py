"""Send connectors of the simulated Exchange: cmdlets in, error or read-back out; a row for every documented rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.organisation import Organisation
from lab.exchange.values import Credential
from lab.host.machine import SimulatedMachine

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
LOGIN = Credential("info@beispiel.de", PASSWORD)
NAME = "Windows SBS Internet Send SBS"
SMARTHOST: dict[str, Any] = {"SmartHosts": ["smtp.strato.de"], "DNSRoutingEnabled": False}
BASIC: dict[str, Any] = {"SmartHostAuthMechanism": "BasicAuthRequireTLS", "AuthenticationCredential": LOGIN}
VALIDATED: dict[str, Any] = {"RequireTLS": True, "TlsAuthLevel": "DomainValidation"}

BROKEN_RULES: list[tuple[dict[str, Any], str]] = [
    # parameters on top of a connector with address space *, a piece of the refusal
    ({"SmartHosts": ["smtp.strato.de"]}, "must be set to $false on the same command line"),
    ({"SmartHosts": ["smtp.strato.de"], "DNSRoutingEnabled": True}, "must be set to $false on the same command line"),
    ({"DNSRoutingEnabled": False}, "A value must be set on the SmartHosts parameter"),
    ({"DNSRoutingEnabled": False, "SmartHosts": []}, "A value must be set on the SmartHosts parameter"),
    ({"SmartHostAuthMechanism": "BasicAuth"}, "AuthenticationCredential parameter must be specified"),
    (SMARTHOST | {"SmartHostAuthMechanism": "BasicAuthRequireTLS"}, "is set to BasicAuthRequireTLS"),
    ({"RequireTLS": True, "IgnoreSTARTTLS": True}, "IgnoreSTARTTLS parameter must be set to $false"),
    ({"TlsAuthLevel": "EncryptionOnly"}, "if the RequireTLS parameter is set to $false"),
    ({"TlsAuthLevel": "EncryptionOnly", "RequireTLS": False}, "if the RequireTLS parameter is set to $false"),
    ({"TlsAuthLevel": "EncryptionOnly", "IgnoreSTARTTLS": True}, "if the IgnoreSTARTTLS parameter is set to $true"),
    (SMARTHOST | VALIDATED, "A value for the TlsDomain parameter is required"),
    ({"TlsDomain": "strato.de"}, "only if the TlsAuthLevel parameter is set to DomainValidation"),
    (
        {"TlsDomain": "strato.de", "RequireTLS": True, "TlsAuthLevel": "CertificateValidation"},
        "only if the TlsAuthLevel parameter is set to DomainValidation",
    ),
    (SMARTHOST | {"DomainSecureEnabled": True}, "DNSRoutingEnabled parameter must be set to $true"),
    ({"DomainSecureEnabled": True, "IgnoreSTARTTLS": True}, "IgnoreSTARTTLS parameter must be set to $false"),
    ({"AddressSpaces": ["X400:c=us;1"]}, "'X400:c=us;1' isn't an SMTP address space"),
    ({"SourceTransportServers": []}, "At least one source transport server"),
]

KEPT_RULES: list[dict[str, Any]] = [
    SMARTHOST,
    SMARTHOST | BASIC,
    SMARTHOST | {"AddressSpaces": ["X400:c=us;1"]},
    BASIC | {"SmartHostAuthMechanism": "BasicAuth"},
    {"RequireTLS": True, "IgnoreSTARTTLS": False},
    {"RequireTLS": True, "TlsAuthLevel": "EncryptionOnly"},
    SMARTHOST | VALIDATED | {"TlsDomain": "smtp.strato.de"},
    VALIDATED,  # with DNS routing the recipient's domain is compared
    {"DomainSecureEnabled": True},
    {"SourceTransportServers": "SBS"},
]

READ_BACK: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"AddressSpaces": "beispiel.de"}, {"AddressSpaces": ["SMTP:beispiel.de;1"]}),
    ({"AddressSpaces": ["*;10", "a.de"]}, {"AddressSpaces": ["SMTP:*;10", "SMTP:a.de;1"]}),
    (
        SMARTHOST | {"SmartHosts": ["10.0.0.1", "smtp.strato.de"]},
        {"SmartHosts": ["[10.0.0.1]", "smtp.strato.de"], "SmartHostsString": "[10.0.0.1],smtp.strato.de"},
    ),
    ({"MaxMessageSize": 1048577}, {"MaxMessageSize": "1.001 MB (1,049,600 bytes)"}),
    ({"MaxMessageSize": "35MB"}, {"MaxMessageSize": "35 MB (36,700,160 bytes)"}),
    ({"MaxMessageSize": "unlimited"}, {"MaxMessageSize": "unlimited"}),
    ({"ConnectionInactivityTimeOut": "00:05"}, {"ConnectionInactivityTimeOut": "00:05:00"}),
    (
        {"ErrorPolicies": ["DowngradeDnsFailures", "DowngradeAuthFailures"]},
        {"ErrorPolicies": "DowngradeAuthFailures, DowngradeDnsFailures"},
    ),
    (BASIC, {"AuthenticationCredential": {"UserName": "info@beispiel.de"}}),
    ({"Comment": "Ünïcode “quoted” ’"}, {"Comment": "Ünïcode “quoted” ’"}),
    ({"Fqdn": "mail.beispiel.de"}, {"Fqdn": "mail.beispiel.de"}),
    ({"SourceIPAddress": None}, {"SourceIPAddress": "0.0.0.0"}),
    ({"SourceTransportServers": ["sbs.nt4admins.local"]}, {"SourceTransportServers": ["SBS"]}),
    ({"Port": 587, "ProtocolLoggingLevel": "verbose"}, {"Port": 587, "ProtocolLoggingLevel": "Verbose"}),
]

DEFAULTS: dict[str, Any] = {
    "AddressSpaces": ["SMTP:*;1"],
    "AuthenticationCredential": None,
    "Comment": "",
    "ConnectionInactivityTimeOut": "00:10:00",
    "DNSRoutingEnabled": True,
    "DomainSecureEnabled": False,
    "Enabled": True,
    "ErrorPolicies": "Default",
    "ForceHELO": False,
    "Fqdn": None,
    "IgnoreSTARTTLS": False,
    "IsCoexistenceConnector": False,
    "IsScopedConnector": False,
    "LinkedReceiveConnector": None,
    "MaxMessageSize": "10 MB (10,485,760 bytes)",
    "Name": "Neu",
    "Port": 25,
    "ProtocolLoggingLevel": "None",
    "RequireOorg": False,
    "RequireTLS": False,
    "SmartHostAuthMechanism": "None",
    "SmartHosts": [],
    "SmtpMaxMessagesPerConnection": 20,
    "SourceIPAddress": "0.0.0.0",
    "SourceTransportServers": ["SBS"],
    "TlsAuthLevel": None,
    "TlsDomain": None,
    "UseExternalDNSServersEnabled": False,
}


@pytest.fixture
def exchange() -> Organisation:
    """The organisation of an untouched SBS: one connector, NAME, for *."""
    organisation = SimulatedMachine.from_state("sbs2011").organisation
    assert organisation is not None
    return organisation


def new(exchange: Organisation, **parameters: Any) -> dict[str, Any]:
    return exchange.invoke("New-SendConnector", {"Name": "Neu", "AddressSpaces": "*"} | parameters)[0]


def read(exchange: Organisation, identity: str = NAME) -> dict[str, Any]:
    return exchange.invoke("Get-SendConnector", {"Identity": identity})[0]


def refused(exchange: Organisation, command: str, parameters: dict[str, Any]) -> CmdletError:
    with pytest.raises(CmdletError) as caught:
        exchange.invoke(command, parameters)
    return caught.value


def test_a_new_connector_has_the_documented_defaults(exchange: Organisation) -> None:
    shown = new(exchange)
    assert {name: shown[name] for name in DEFAULTS} == DEFAULTS
    assert shown == read(exchange, "Neu")
    assert shown["HomeMtaServerId"] == "SBS"


@pytest.mark.parametrize(("parameters", "piece"), BROKEN_RULES)
def test_new_refuses_what_breaks_a_rule(exchange: Organisation, parameters: dict[str, Any], piece: str) -> None:
    error = refused(exchange, "New-SendConnector", {"Name": "Neu", "AddressSpaces": "*"} | parameters)
    assert piece in error.message
    assert (error.type, error.category) == (errors.DATA_VALIDATION, "InvalidData")
    assert error.error_id.endswith(",Microsoft.Exchange.Management.SystemConfigurationTasks.NewSendConnector")
    assert len(exchange.invoke("Get-SendConnector", {})) == 1


@pytest.mark.parametrize(("parameters", "piece"), BROKEN_RULES)
def test_set_refuses_what_breaks_a_rule_and_changes_nothing(
    exchange: Organisation, parameters: dict[str, Any], piece: str
) -> None:
    before = read(exchange)
    assert piece in refused(exchange, "Set-SendConnector", {"Identity": NAME, "Port": 587} | parameters).message
    assert read(exchange) == before


@pytest.mark.parametrize("parameters", KEPT_RULES)
def test_new_and_set_take_what_keeps_the_rules(exchange: Organisation, parameters: dict[str, Any]) -> None:
    new(exchange, **parameters)
    exchange.invoke("Set-SendConnector", {"Identity": NAME} | parameters)
    shown, other = read(exchange), read(exchange, "Neu")
    assert {name: shown[name] for name in parameters} == {name: other[name] for name in parameters}


@pytest.mark.parametrize(("parameters", "shown"), READ_BACK)
def test_what_was_written_and_how_it_reads_back(
    exchange: Organisation, parameters: dict[str, Any], shown: dict[str, Any]
) -> None:
    found = new(exchange, **parameters)
    assert {name: found[name] for name in shown} == shown


def test_smart_hosts_alone_can_be_changed_once_dns_routing_is_off(exchange: Organisation) -> None:
    exchange.invoke("Set-SendConnector", {"Identity": NAME} | SMARTHOST)
    exchange.invoke("Set-SendConnector", {"Identity": NAME, "SmartHosts": ["smtp.ionos.de"]})
    assert read(exchange)["SmartHosts"] == ["smtp.ionos.de"]


def test_going_back_to_dns_takes_the_smart_hosts_along(exchange: Organisation) -> None:
    exchange.invoke("Set-SendConnector", {"Identity": NAME} | SMARTHOST)
    assert (
        "must be set to $false"
        in refused(exchange, "Set-SendConnector", {"Identity": NAME, "DNSRoutingEnabled": True}).message
    )
    exchange.invoke("Set-SendConnector", {"Identity": NAME, "DNSRoutingEnabled": True, "SmartHosts": None})
    assert read(exchange)["SmartHosts"] == []


def test_a_stored_credential_serves_a_later_basic_auth(exchange: Organisation) -> None:
    exchange.invoke("Set-SendConnector", {"Identity": NAME, "AuthenticationCredential": LOGIN})
    exchange.invoke("Set-SendConnector", {"Identity": NAME, "SmartHostAuthMechanism": "BasicAuth"})
    assert refused(exchange, "Set-SendConnector", {"Identity": NAME, "AuthenticationCredential": None})
    assert exchange.password_of(NAME) == PASSWORD


def test_the_password_stays_inside(exchange: Organisation) -> None:
    new(exchange, **BASIC)
    assert exchange.password_of("Neu") == PASSWORD
    assert exchange.password_of(NAME) is None
    assert PASSWORD not in str(exchange.invoke("Get-SendConnector", {}))
    with pytest.raises(KeyError):
        exchange.password_of("nobody")


@pytest.mark.parametrize("key", ["Name", "Guid", "DistinguishedName", "Identity"])
def test_a_connector_answers_to_name_guid_and_dn(exchange: Organisation, key: str) -> None:
    identity = read(exchange)[key]
    assert read(exchange, identity.upper())["Name"] == NAME
    exchange.invoke("Set-SendConnector", {"Identity": identity, "Port": 26})
    assert read(exchange)["Port"] == 26


@pytest.mark.parametrize("command", ["Get-SendConnector", "Set-SendConnector", "Remove-SendConnector"])
def test_an_unknown_identity(exchange: Organisation, command: str) -> None:
    confirm = {} if command.startswith("Get") else {"Confirm": False}
    error = refused(exchange, command, {"Identity": "Nirgends"} | confirm)
    assert error.type == errors.OBJECT_NOT_FOUND
    assert error.message == (
        "The operation couldn't be performed because object 'Nirgends' couldn't be found on 'sbs.nt4admins.local'."
    )


def test_a_name_can_be_taken_once(exchange: Organisation) -> None:
    error = refused(exchange, "New-SendConnector", {"Name": NAME.upper(), "AddressSpaces": "a.de"})
    assert (error.type, error.category) == (errors.OBJECT_EXISTS, "InvalidOperation")
    assert f"CN={NAME.upper()},CN=Connections" in error.message
    new(exchange)
    assert refused(exchange, "Set-SendConnector", {"Identity": "Neu", "Name": NAME}).type == errors.OBJECT_EXISTS


def test_renaming_moves_the_dn_and_keeps_the_guid(exchange: Organisation) -> None:
    before = read(exchange)
    exchange.invoke("Set-SendConnector", {"Identity": NAME, "Name": "Smarthost, Strato"})
    after = read(exchange, "Smarthost, Strato")
    assert after["Guid"] == before["Guid"]
    assert after["DistinguishedName"].startswith("CN=Smarthost\\, Strato,CN=Connections,")
    exchange.invoke("Set-SendConnector", {"Identity": "smarthost, strato", "Name": "Smarthost, STRATO"})


@pytest.mark.parametrize(
    ("usage", "accepted"),
    [
        ({"Internet": True}, True),
        ({"Usage": "internet"}, True),
        ({"Custom": True, "Internal": False}, True),
        ({"Internet": True, "Partner": True}, False),
        ({"Internet": True, "Usage": "Internet"}, False),
    ],
)
def test_the_usage_is_said_once(exchange: Organisation, usage: dict[str, Any], accepted: bool) -> None:
    if accepted:
        assert new(exchange, **usage)["Name"] == "Neu"
    else:
        error = refused(exchange, "New-SendConnector", {"Name": "Neu", "AddressSpaces": "*"} | usage)
        assert "Only one usage type" in error.message


def test_source_servers_must_exist_and_be_hubs() -> None:
    organisation = SimulatedMachine.from_state("two_servers").organisation
    assert organisation is not None
    assert read(organisation, "Internet")["SourceTransportServers"] == ["EX1", "EX2"]
    for name in ("EX3", "EX9"):  # EX3 has no Hub Transport role
        given = {"Identity": "Internet", "SourceTransportServers": ["EX1", name]}
        assert f"'{name}'" in refused(organisation, "Set-SendConnector", given).message


def test_a_linked_receive_connector_is_never_found(exchange: Organisation) -> None:
    given = {"Name": "Neu", "LinkedReceiveConnector": "SBS\\Default", "MaxMessageSize": "unlimited"} | SMARTHOST
    assert "'SBS\\Default' couldn't be found" in refused(exchange, "New-SendConnector", given).message


@pytest.mark.parametrize(
    ("properties", "piece"),
    [
        ({"AddressSpaces": ["*"]}, "must be $null"),
        ({}, "MaxMessageSize parameter must be unlimited"),
        ({"MaxMessageSize": "unlimited", "DNSRoutingEnabled": True, "SmartHosts": []}, "must be set to $false"),
    ],
)
def test_a_linked_connector_keeps_its_own_rules(exchange: Organisation, properties: dict[str, Any], piece: str) -> None:
    linked = {"Name": "Linked", "LinkedReceiveConnector": "SBS\\Default"} | SMARTHOST | properties
    exchange.connectors.add(linked)
    assert piece in refused(exchange, "Set-SendConnector", {"Identity": "Linked", "Port": 26}).message


def test_unlinking_leaves_a_connector_without_address_spaces(exchange: Organisation) -> None:
    linked = {"Name": "Linked", "LinkedReceiveConnector": "SBS\\Default", "MaxMessageSize": "unlimited"} | SMARTHOST
    exchange.connectors.add(linked)
    error = refused(exchange, "Set-SendConnector", {"Identity": "Linked", "LinkedReceiveConnector": None})
    assert "AddressSpaces parameter must be specified" in error.message


def test_removing_asks_unless_told_not_to(exchange: Organisation) -> None:
    error = refused(exchange, "Remove-SendConnector", {"Identity": NAME})
    assert (error.type, error.category) == (errors.NON_INTERACTIVE, "InvalidOperation")
    exchange.invoke("Remove-SendConnector", {"Identity": NAME, "Confirm": False})
    assert exchange.invoke("Get-SendConnector", {}) == []


def test_a_wish_for_confirmation_cannot_be_fulfilled(exchange: Organisation) -> None:
    assert refused(exchange, "Set-SendConnector", {"Identity": NAME, "Confirm": True}).type == errors.NON_INTERACTIVE


def test_what_if_changes_nothing(exchange: Organisation) -> None:
    before = exchange.invoke("Get-SendConnector", {})
    assert exchange.invoke("New-SendConnector", {"Name": "Neu", "AddressSpaces": "*", "WhatIf": True}) == []
    assert exchange.invoke("Set-SendConnector", {"Identity": NAME, "Port": 26, "WhatIf": True}) == []
    assert exchange.invoke("Remove-SendConnector", {"Identity": NAME, "WhatIf": True}) == []
    assert exchange.invoke("Get-SendConnector", {}) == before


def test_two_connectors_of_one_name() -> None:
    organisation = SimulatedMachine.from_state("duplicate_names").organisation
    assert organisation is not None
    found = organisation.invoke("Get-SendConnector", {"Identity": "Internet"})
    assert [connector["AddressSpaces"] for connector in found] == [["SMTP:*;1"], ["SMTP:*;10"]]
    error = refused(organisation, "Set-SendConnector", {"Identity": "Internet", "Port": 26})
    assert (error.type, error.message) == (
        errors.OBJECT_AMBIGUOUS,
        "The operation couldn't be performed because 'Internet' matches multiple entries.",
    )
    organisation.invoke("Set-SendConnector", {"Identity": found[1]["Guid"], "Port": 26})
    assert [c["Port"] for c in organisation.invoke("Get-SendConnector", {})] == [25, 26]


def test_times_are_utc_and_only_changes_move_them(exchange: Organisation) -> None:
    moment = datetime(2026, 11, 24, 20, 39, 36, tzinfo=UTC)
    exchange.host.now = lambda: moment
    created = new(exchange)
    exchange.host.now = lambda: moment + timedelta(hours=1)
    exchange.invoke("Set-SendConnector", {"Identity": "Neu", "Port": 26})
    changed = read(exchange, "Neu")
    assert created["WhenChanged"] == created["WhenCreated"] == changed["WhenCreated"] == "2026-11-24T20:39:36Z"
    assert changed["WhenChanged"] == changed["WhenChangedUTC"] == "2026-11-24T21:39:36Z"


def test_a_new_connector_of_an_old_name_has_a_new_guid(exchange: Organisation) -> None:
    old = read(exchange)["Guid"]
    exchange.invoke("Remove-SendConnector", {"Identity": NAME, "Confirm": False})
    assert new(exchange, Name=NAME)["Guid"] != old


def test_a_german_host_prints_and_refuses_in_german() -> None:
    organisation = SimulatedMachine.from_state("sbs2011_german").organisation
    assert organisation is not None
    name = "Windows SBS Internet-Sendeconnector SBS"
    organisation.invoke("Set-SendConnector", {"Identity": name, "MaxMessageSize": 36700160})
    assert read(organisation, name)["MaxMessageSize"] == "35 MB (36.700.160 bytes)"
    assert refused(organisation, "Get-SendConnector", {"Identity": "x"}).message == (
        'Der Vorgang konnte nicht ausgeführt werden, weil das Objekt "x" auf "sbs.nt4admins.local" nicht gefunden '
        "wurde."
    )
    broken = {"Identity": name, "SmartHosts": ["smtp.strato.de"]}
    assert "in derselben Befehlszeile auf $false" in refused(organisation, "Set-SendConnector", broken).message


@pytest.mark.parametrize(("delay", "known"), [(0, [2, 3, 3, 3]), (30, [1, 1, 2, 3])])
def test_settings_take_effect_when_the_transport_service_has_learnt_of_them(delay: float, known: list[int]) -> None:
    machine = SimulatedMachine(
        {"send_connectors": [{"Name": NAME, "AddressSpaces": ["*"], "Port": 1}], "clock": "2026-11-24T12:00:00Z"}
    )
    machine.change({"delivery": {"settings_delay_seconds": delay}})
    organisation, seen = machine.organisation, []
    assert organisation is not None
    for second, port in ((0, 2), (20, 3), (31, None), (60, None)):
        machine.change({"clock": f"2026-11-24T12:{second // 60:02}:{second % 60:02}Z"})
        if port:
            machine.invoke("Set-SendConnector", {"Identity": NAME, "Port": port})
        seen.append(organisation.connectors_in_effect()[0].Port)
    assert seen == known
    assert organisation.connectors.all[0].Port == 3  # as the cmdlets show it at once


def test_what_is_changed_behind_the_cmdlets_back_is_in_effect_at_once() -> None:
    machine = SimulatedMachine({"send_connectors": [{"Name": NAME}], "delivery": {"settings_delay_seconds": 30}})
    machine.change({"send_connectors": [{"Name": NAME, "Port": 2}]})
    assert machine.organisation and machine.organisation.connectors_in_effect()[0].Port == 2
