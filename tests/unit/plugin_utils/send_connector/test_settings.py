"""The table of settings against Microsoft's contract and against the simulated Exchange, which knows nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.settings import UNKNOWN, Setting
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import (
    AddressSpaces,
    Boolean,
    Choice,
    Flags,
    HostName,
    Integer,
    IpAddress,
    Kind,
    ServerNames,
    Size,
    SmartHosts,
    Text,
    TimeSpan,
    Unreadable,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SEND_CONNECTOR, SETTINGS
from lab.exchange import contract
from lab.exchange.contract import Parameter
from lab.exchange.organisation import Organisation
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.send_connector.declarations import COMPANY, DECLARATIONS, SMART_HOST, new

NEW = contract.load()["New-SendConnector"].parameters
SET = contract.load()["Set-SendConnector"].parameters

# The kinds that may carry a type of Microsoft's contract.
KINDS_OF_TYPE: dict[str, tuple[type[Kind], ...]] = {
    "Boolean": (Boolean,),
    "Int32": (Integer,),
    "Unlimited": (Size,),
    "EnhancedTimeSpan": (TimeSpan,),
    "String": (Text,),
    "PSCredential": (Text,),
    "IPAddress": (IpAddress,),
    "Fqdn": (HostName,),
    "SmtpDomainWithSubdomains": (HostName,),
    "AuthMechanisms": (Choice,),
    "ProtocolLoggingLevel": (Choice,),
    "TlsAuthLevel": (Choice,),
    "UsageType": (Choice,),
    "ErrorPolicies": (Flags,),
    "MultiValuedProperty": (AddressSpaces, SmartHosts, ServerNames),
}

NOT_IN_THE_TABLE = {
    "Identity": "says which connector, no setting of it",
    "Name": "the option name, with which the connector is found; it is never changed",
    "Confirm": "a common parameter",
    "WhatIf": "a common parameter",
    "DomainController": "which domain controller answers, no setting of the connector",
    "Force": "switches a question off, no setting of the connector",
    "IsCoexistenceConnector": "for the years beside an Exchange Online tenant, not for a smart host",
    "LinkedReceiveConnector": "excludes address spaces, so such a connector is no way out for the mail of an SBS",
    "RequireOorg": "reserved for Microsoft's internal use",
}
ONLY_ON_NEW = {
    "Custom": "a switch that says the same as Usage",
    "Internal": "a switch that says the same as Usage",
    "Internet": "a switch that says the same as Usage",
    "Partner": "a switch that says the same as Usage",
    "Usage": "the row usage",
}


def option_of(row: Any) -> str | None:
    """A test's name shows the option."""
    return row.name if isinstance(row, Setting) else None


def limits(parameter: Parameter) -> tuple[str, str]:
    """The documented range; a parameter without one fails the test that asks."""
    assert parameter.range is not None
    return parameter.range


@pytest.fixture
def exchange() -> Organisation:
    """The organisation of an untouched SBS."""
    organisation = SimulatedMachine.from_state("sbs2011").organisation
    assert organisation is not None
    return organisation


def test_options_and_properties_are_named_once() -> None:
    assert len({row.name for row in SETTINGS}) == len(SETTINGS.rows)
    assert len({row.prop for row in SETTINGS}) == len(SETTINGS.rows)


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_an_option_is_written_as_ansible_does_and_described_in_sentences(row: Setting) -> None:
    assert row.name == row.name.lower()
    assert row.name.isidentifier()
    assert row.description.endswith(".")


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_an_option_is_the_property_s_name_in_small_letters(row: Setting) -> None:
    spelling = "login" if row.prop == "AuthenticationCredential" else row.prop.lower()
    assert row.name.replace("_", "") == spelling


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_a_row_is_a_parameter_of_exchange_2010_in_its_very_spelling(row: Setting) -> None:
    assert row.prop in NEW
    assert "2010" in row.versions


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_only_what_set_does_not_know_is_for_creation_only(row: Setting) -> None:
    assert row.create_only == (row.prop not in SET)


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_only_a_credential_is_secret(row: Setting) -> None:
    assert row.secret == (NEW[row.prop].type == "PSCredential")


def test_every_parameter_of_set_is_a_row_or_left_out_for_a_reason() -> None:
    rows = {row.prop for row in SETTINGS if not row.create_only}
    assert rows | set(NOT_IN_THE_TABLE) == set(SET)
    assert not rows & set(NOT_IN_THE_TABLE)


def test_every_further_parameter_of_new_says_the_usage() -> None:
    assert set(NEW) - set(SET) == set(ONLY_ON_NEW)


@pytest.mark.parametrize("command", ["New-SendConnector", "Set-SendConnector"])
def test_the_names_gathered_for_the_agent_are_those_of_the_contract(root: Path, command: str) -> None:
    data = (root / "tests/unit/agent/data/exchange_2010_parameters.json").read_text(encoding="utf-8")
    listed = set(json.loads(data)["cmdlets"][command])
    assert listed == set(contract.load()[command].parameters)
    assert {row.prop for row in SETTINGS if command.startswith("New") or not row.create_only} <= listed


def test_what_is_read_is_everything_a_host_shows(exchange: Organisation) -> None:
    shown = set(new(exchange))
    assert {row.prop for row in SETTINGS.read} | set(SEND_CONNECTOR.identity) <= shown
    assert {row.name for row in SETTINGS if row not in SETTINGS.read} == {"login", "usage"}
    assert SETTINGS["usage"].prop not in shown


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_the_kind_fits_the_type_of_the_contract(row: Setting) -> None:
    assert type(row.kind) in KINDS_OF_TYPE[NEW[row.prop].type]


@pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)
def test_the_choices_are_exactly_those_of_the_contract(row: Setting) -> None:
    assert row.kind.choices == NEW[row.prop].accepted_values


BOUNDS: list[tuple[str, Any, Any]] = [
    # option, the least and the most that a declaration may be
    ("max_message_size", 0, 2147483647),
    ("connection_inactivity_timeout", "00:00:01", "1.00:00:00"),
    ("port", 1, 65535),
]


@pytest.mark.parametrize(("option", "least", "most"), BOUNDS)
def test_the_bounds_are_those_of_the_contract(option: str, least: Any, most: Any) -> None:
    lowest = "0" if option == "port" else str(least)  # Port 0 is in the contract and no port
    assert limits(NEW[SETTINGS[option].prop]) == (lowest, str(most))


@pytest.mark.parametrize(("option", "least", "most"), BOUNDS)
def test_exchange_takes_the_bounds_and_shows_them_again(
    exchange: Organisation, option: str, least: Any, most: Any
) -> None:
    row = SETTINGS[option]
    for bound, name in ((least, "A"), (most, "B")):
        shown = new(exchange, Name=name, **{row.prop: row.kind.parameter(row.kind.parse(bound))})
        assert row.kind.host(shown[row.prop]) == row.kind.parse(bound)


def test_every_documented_range_is_looked_at() -> None:
    ranged = {row.name for row in SETTINGS if NEW[row.prop].range}
    assert ranged == {option for option, _, _ in BOUNDS}


@pytest.mark.parametrize(
    ("option", "beyond"),
    [("max_message_size", "2147483649"), ("connection_inactivity_timeout", "1.00:00:01"), ("port", 65536), ("port", 0)],
)
def test_beyond_the_bounds_a_wish_is_refused(option: str, beyond: Any) -> None:
    with pytest.raises(ValueError):
        SETTINGS[option].kind.parse(beyond)


@pytest.mark.parametrize("row", [row for row in SETTINGS.read if NEW[row.prop].default], ids=option_of)
def test_a_documented_default_is_that_of_the_table(row: Setting) -> None:
    documented = NEW[row.prop].default
    assert documented is not None
    values = {"$true": True, "$false": False, "$null": None, "10 minutes": "00:10:00"}
    assert row.kind.host(values.get(documented, documented)) == row.new_value


@pytest.mark.parametrize("row", [row for row in SETTINGS.read if row.new_value is not UNKNOWN], ids=option_of)
def test_a_new_connector_shows_the_default(exchange: Organisation, row: Setting) -> None:
    found = row.kind.host(new(exchange)[row.prop])
    assert (frozenset() if isinstance(row.kind, SmartHosts) and found is None else found) == row.new_value


@pytest.mark.parametrize("row", [row for row in SETTINGS if row.new_value not in (UNKNOWN, None)], ids=option_of)
def test_a_default_is_canonical(row: Setting) -> None:
    assert row.kind.parse(row.kind.show(row.new_value)) == row.new_value


@pytest.mark.parametrize("row", SETTINGS.read, ids=option_of)
def test_everything_a_new_connector_shows_is_understood(exchange: Organisation, row: Setting) -> None:
    assert not isinstance(row.kind.host(new(exchange)[row.prop]), Unreadable)


def test_an_unknown_default_says_so() -> None:
    assert repr(UNKNOWN) == "not documented"


CHOICES = [
    pytest.param(row, choice, id=f"{row.name}-{choice}")
    for row in SETTINGS
    for choice in row.kind.choices
    if not row.create_only
]


@pytest.mark.parametrize(("row", "choice"), CHOICES)
def test_exchange_takes_every_choice_and_shows_it_again(exchange: Organisation, row: Setting, choice: str) -> None:
    canonical = row.kind.parse([choice] if isinstance(row.kind, Flags) else choice)
    given = SMART_HOST | COMPANY.get(choice, {}) | {row.prop: row.kind.parameter(canonical)}
    assert row.kind.host(new(exchange, **given)[row.prop]) == canonical


@pytest.mark.parametrize("usage", SETTINGS["usage"].kind.choices)
def test_exchange_takes_every_usage(exchange: Organisation, usage: str) -> None:
    assert new(exchange, Usage=usage)["Name"] == "Neu"


def test_every_setting_that_is_read_is_tried() -> None:
    assert {option for option, _, _ in DECLARATIONS} == {row.name for row in SETTINGS.read}


@pytest.mark.parametrize("state", ["sbs2011", "sbs2011_german"])
@pytest.mark.parametrize(("option", "desired", "company"), DECLARATIONS)
def test_what_was_written_reads_back_as_what_was_wished(
    state: str, option: str, desired: Any, company: dict[str, Any]
) -> None:
    exchange, row = SimulatedMachine.from_state(state).organisation, SETTINGS[option]
    assert exchange is not None
    canonical = row.kind.parse(desired)
    shown = new(exchange, **company | {row.prop: row.kind.parameter(canonical)})[row.prop]
    assert (row.kind.host(shown) or None) == (canonical or None)
