"""The lab's part of Microsoft's contract: whole, typed, and what the simulated connector is made of."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.exchange import contract
from lab.exchange.conversion import RangeError, convert
from lab.exchange.extract_contract import CMDLETS
from lab.exchange.receive_connector import PROPERTIES as RECEIVING
from lab.exchange.receive_connector import ReceiveConnector
from lab.exchange.send_connector import PROPERTIES, SendConnector
from lab.exchange.values import Size, display_time_span

SAMPLES = {
    "Boolean": True,
    "SwitchParameter": True,
    "PSCredential": None,
    "EnhancedTimeSpan": "00:10:00",
    "Guid": "6f0c2a51-3e0b-4d0e-9b59-5d1f5a0e2010",
    "IPAddress": "10.0.0.1",
    "LocalLongFullPath": "D:\\Logs",
    "SmtpAddress": "info@beispiel.de",
    "ProxyAddress": "smtp:info@beispiel.de",
    "ProxyAddressCollection": ["SMTP:info@beispiel.de", "X500:/o=x"],
    "ProxyAddressTemplateCollection": ["SMTP:%m@beispiel.de"],
    "DateTime": "2026-11-25T10:00:00Z",
    "SmtpDomain": "beispiel.de",
    "SmtpDomainWithSubdomains": "*.beispiel.de",
}
ELEMENTS = {
    "SmartHosts": "smtp.beispiel.de",
    "ExternalDNSServers": "10.0.0.1",
    "InternalDNSServers": "10.0.0.1",
    "ExceptionList": "beispiel.de",
    "Bindings": "0.0.0.0:25",
    "RemoteIPRanges": "10.0.0.0/24",
}
CALL_ONLY = {"Identity", "Confirm", "WhatIf", "Force", "DomainController"}
USAGE_RECEIVE = {"Usage", "Custom", "Internal", "Internet", "Partner", "Client", "Server"}
USAGE = {"Usage", "Custom", "Internal", "Internet", "Partner"}
EXCHANGE_FOLDER = Path(contract.__file__).parent


def test_the_contract_holds_exactly_the_simulated_cmdlets() -> None:
    assert sorted(contract.load()) == sorted(CMDLETS)


def test_source_and_licence_are_kept() -> None:
    source = json.loads((EXCHANGE_FOLDER / "contract.json").read_text(encoding="utf-8"))["source"]
    assert source["repository"] == "https://github.com/MicrosoftDocs/office-docs-powershell"
    assert "CC BY 4.0" in source["licence"]
    assert len(source["commit_2010"]) == len(source["commit"]) == 40
    assert "Creative Commons Attribution 4.0" in (EXCHANGE_FOLDER / "NOTICE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["New-SendConnector", "Set-SendConnector"])
def test_every_parameter_of_2010_is_a_property_of_the_simulated_connector(command: str) -> None:
    parameters = set(contract.load()[command].parameters) - CALL_ONLY - USAGE
    assert parameters == set(PROPERTIES)
    assert set(PROPERTIES) <= {field.name for field in dataclasses.fields(SendConnector)}


def test_every_parameter_can_be_converted() -> None:
    """A type of the contract without a converter would be a KeyError in the middle of a run."""
    for cmdlet in contract.load().values():
        for parameter in cmdlet.parameters.values():
            value = parameter.accepted_values[0] if parameter.accepted_values else SAMPLES.get(parameter.type, "1")
            try:
                convert(parameter, ELEMENTS.get(parameter.name, value))
            except RangeError:
                pass  # of the right type


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("TlsCertificateName", ("2013", "2016", "2019", "SE")),
        ("LinkedReceiveConnector", ("2010",)),
        ("Port", ("2010", "2013", "2016", "2019", "SE")),
    ],
)
def test_the_contract_is_that_of_2010(name: str, versions: tuple[str, ...]) -> None:
    assert (name in contract.load()["Set-SendConnector"].parameters) == ("2010" in versions)


def test_documented_defaults_are_those_of_a_new_connector() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    connector = SendConnector("x", "g", "dn", now, now)
    texts = {"$true": True, "$false": False, "$null": None, "25": 25, "10 minutes": "00:10:00", "10 MB": 10 * 1024**2}
    checked = set()
    for name, parameter in contract.load()["New-SendConnector"].parameters.items():
        if parameter.default is None or name in CALL_ONLY:
            continue
        value = getattr(connector, name)
        value = value.bytes if isinstance(value, Size) else value
        value = display_time_span(value) if name == "ConnectionInactivityTimeOut" else value
        assert value == texts[parameter.default], name
        checked.add(name)
    assert {"Port", "MaxMessageSize", "ConnectionInactivityTimeOut", "DNSRoutingEnabled", "Enabled"} <= checked


@pytest.mark.parametrize("command", ["New-ReceiveConnector", "Set-ReceiveConnector"])
def test_every_parameter_of_2010_is_a_property_of_the_simulated_receive_connector(command: str) -> None:
    parameters = set(contract.load()[command].parameters) - CALL_ONLY - USAGE_RECEIVE
    assert parameters == set(RECEIVING) - ({"BareLinefeedRejectionEnabled"} if command.startswith("New") else set())
    assert set(RECEIVING) <= {field.name for field in dataclasses.fields(ReceiveConnector)}


def test_documented_defaults_are_those_of_a_new_receive_connector() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    shown = ReceiveConnector("x", "g", "dn", now, now).read_back("en")
    sizes = {"10 MB": "10 MB (10,485,760 bytes)", "65536 bytes": "64 KB (65,536 bytes)"}
    texts = {"$true": True, "$false": False, "30 seconds": "00:00:30", "5 seconds": "00:00:05", "2 percent": 2, **sizes}
    for name, parameter in contract.load()["New-ReceiveConnector"].parameters.items():
        if parameter.default is not None and name != "RemoteIPRanges":
            wanted = texts.get(parameter.default, parameter.default)
            assert str(shown[name]) == str(wanted), name


def test_positions_are_numbers_or_none() -> None:
    parameters = contract.load()["Set-SendConnector"].parameters
    assert (parameters["Identity"].position, parameters["Port"].position) == (1, None)


def test_parameters_are_found_by_full_name_and_alias_only() -> None:
    cmdlet = contract.load()["Set-SendConnector"]
    found = {given: cmdlet.parameter(given) for given in ("smarthosts", "wi", "cf", "SmartHost", "Max")}
    names = {given: parameter and parameter.name for given, parameter in found.items()}
    assert names == {"smarthosts": "SmartHosts", "wi": "WhatIf", "cf": "Confirm", "SmartHost": None, "Max": None}
