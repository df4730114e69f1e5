"""The steps that a plan is made of, and what each leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Login, Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.settings import Values
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change, PlannedStep
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.diff import OFF, disable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.gate import to_write
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SEND_CONNECTOR, SETTINGS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector, changed, created
from tests.unit.plugin_utils.run.examples import LOGIN, PASSWORD, STRATO, WIZARD, credential, guid, parsed, printed

STRANGE = Login(Mailbox("alt@beispiel.de", datetime(2020, 1, 1, tzinfo=UTC)))


def connector(**changes: Any) -> SendConnector:
    (found,) = parsed(printed(**changes))
    return found


def change(there: SendConnector, want: Values) -> tuple[PlannedStep | None, SendConnector]:
    """The step, and what it leaves behind."""
    return SEND_CONNECTOR.change(there, want), changed(there, want)


def test_only_what_differs_is_changed() -> None:
    wanted = {"port": 587, "enabled": True, "usage": "Internet"}
    assert SEND_CONNECTOR.written(connector().values, wanted) == {"port": 587}


def test_a_connector_that_has_all_values_is_left_alone() -> None:
    there = connector(**STRATO)
    assert SEND_CONNECTOR.change(there, {"port": 587}) is None
    assert changed(there, {"port": 587}) == there


@pytest.mark.parametrize(
    ("before", "values", "written"),
    [
        ({"Comment": "alt"}, {"comment": None}, {"Comment": None}),
        ({"TlsDomain": "x.de", "TlsAuthLevel": "DomainValidation"}, {"tls_domain": None}, {"TlsDomain": None}),
        (STRATO, {"smart_hosts": frozenset()}, {"SmartHosts": None}),
        ({}, {"source_transport_servers": frozenset()}, {"SourceTransportServers": None}),
    ],
)
def test_nothing_is_written_as_null(before: dict[str, Any], values: dict[str, Any], written: dict[str, Any]) -> None:
    step, after = change(connector(**before), values)
    assert step is not None
    assert step.parameters == {"Identity": guid(WIZARD), **written, "Confirm": False}
    assert {option: after.values[option] for option in values} == values


def test_smart_hosts_take_dns_routing_with_them_even_where_it_is_off() -> None:
    step, after = change(connector(**STRATO), {"smart_hosts": frozenset({"smtp.1und1.de"})})
    assert step is not None
    assert step.parameters["DNSRoutingEnabled"] is False
    assert [change.option for change in step.changes] == ["smart_hosts"]
    assert after.hands_to_smart_host


def test_after_smart_hosts_alone_dns_routing_is_off() -> None:
    _, after = change(connector(), {"smart_hosts": frozenset({"smtp.strato.de"})})
    assert after.values["dns_routing_enabled"] is False


def test_a_login_is_a_reference_and_a_line_for_a_person() -> None:
    there, also = connector(**STRATO), to_write(STRANGE, PASSWORD, LOGIN, "asked for")
    step = SEND_CONNECTOR.change(there, {}, also)
    assert step is not None
    assert also.secrets == {"login": PASSWORD} and PASSWORD not in repr(also)
    assert step.parameters["AuthenticationCredential"] == credential("alt@beispiel.de")
    assert step.changes == (
        Change("login.username", LOGIN, "alt@beispiel.de"),
        Change("login.password", "(never read)", "(written: asked for)"),
    )
    assert changed(there, {}, "alt@beispiel.de").username == "alt@beispiel.de"


def test_a_new_connector_has_exchanges_known_defaults() -> None:
    want: Values = {"address_spaces": frozenset({"SMTP:*;1"}), "usage": "Internet"}
    step = SEND_CONNECTOR.create("Neu", want, to_write(STRANGE, PASSWORD, None, ""))
    after = created("Neu", want, "alt@beispiel.de")
    assert step.parameters["Usage"] == "Internet"
    assert (after.name, after.username, after.cost_of_any_domain) == ("Neu", "alt@beispiel.de", 1)
    assert (after.values["port"], after.enabled, after.hands_to_smart_host) == (25, True, False)
    assert not {"usage", "source_transport_servers", "error_policies"} & set(after.values)
    assert [(change.option, change.before) for change in step.changes][:2] == [
        ("address_spaces", None),
        ("usage", None),
    ]


def test_what_is_switched_off_stays_what_it_was() -> None:
    there = connector(**STRATO)
    step, after = disable(there), changed(there, OFF)
    assert step is not None
    assert step.parameters == {"Identity": there.guid, "Enabled": False, "Confirm": False}
    assert step.changes == (Change("enabled", True, False),)
    assert after.values == {**there.values, "enabled": False}


def test_a_removal_shows_what_the_connector_was() -> None:
    step = SEND_CONNECTOR.remove(connector(**STRATO, MaxMessageSize="zehn"))
    was = {change.option: change.before for change in step.changes}
    assert was["smart_hosts"] == ["smtp.strato.de"]
    assert was["max_message_size"] == "zehn"
    assert not {"comment", "fqdn", "tls_domain"} & set(was)
    assert {change.after for change in step.changes} == {None}
    assert step.parameters == {"Identity": guid(WIZARD), "Confirm": False}


def test_values_are_shown_in_the_tables_order_without_what_is_not_set() -> None:
    shown = SETTINGS.show(connector().values)
    order = [setting.name for setting in SETTINGS.read]
    assert list(shown) == sorted(shown, key=order.index)
    assert [option for option in order if option not in shown] == [
        "smart_hosts",
        "tls_auth_level",
        "tls_domain",
        "fqdn",
        "comment",
    ]
