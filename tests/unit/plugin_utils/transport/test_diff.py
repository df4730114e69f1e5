"""What transport keeps of the send connector: found, compared, written beside the server's settings, and put back."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_diff
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.desired import (
    CONNECTOR_KINDS,
    declared_elsewhere,
    parse_desired,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.restore import RestoreTransport
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.saved import saved_state
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.subject import TransportSubject
from lab.exchange import contract
from tests.unit.plugin_utils.reason_keys import keys_of, refusal
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run import examples
from tests.unit.plugin_utils.run.examples import DNS, STRATO, WIZARD, guid, run_one
from tests.unit.plugin_utils.transport.transport_host import TransportHost, printed, state, subject

OTHER = "Partner"
PROPERTY = "SmtpMaxMessagesPerConnection"
SMARTHOST = examples.printed(**STRATO)
PARTNER = examples.printed(OTHER, AddressSpaces=["SMTP:partner.example;1"])


def office(*connectors: dict[str, Any]) -> TransportHost:
    """An SBS with a connector to the smart host and one to a partner."""
    return TransportHost(connectors=connectors or (SMARTHOST, PARTNER))


def run(host: TransportHost, desired: TransportSubject, check: bool = False) -> Outcome:
    """One run; what it saves is as JSON can hold it."""
    return run_one(desired, host.session(), ExchangeShell(), lambda data: json.dumps(data), check_mode=check)


def messages_of(host: TransportHost, name: str = WIZARD) -> Any:
    """What the connector of that name has."""
    found = host.connector(name)
    assert found is not None
    return found[PROPERTY]


def test_a_second_step_for_the_connector_and_a_second_run_changes_nothing() -> None:
    host, desired = office(), subject(queue_max_idle_time=5, smtp_max_messages_per_connection=3)
    looked = run(host, desired, check=True)
    assert (looked.changed, messages_of(host), len(host.requests)) == (True, 20, 1)
    done = run(host, desired)
    assert done.error is None and done.decision.plan is not None and looked.decision.plan is not None
    assert done.decision.plan.digest == looked.decision.plan.digest
    server, connector = done.decision.plan.steps
    assert (server.command, server.target) == ("Set-TransportServer", "SBS")
    assert (connector.command, connector.target) == ("Set-SendConnector", WIZARD)
    assert connector.parameters == {"Identity": guid(WIZARD), PROPERTY: 3, "Confirm": False}
    assert [change.as_data() for change in connector.changes] == [
        {"option": "smtp_max_messages_per_connection", "before": 20, "after": 3}
    ]
    assert (messages_of(host), messages_of(host, OTHER), len(host.requests)) == (3, 20, 3)
    again = run(host, desired)
    assert (again.changed, again.decision.plan, len(host.requests)) == (False, None, 4)
    assert again.decision.facts["connector"] == WIZARD


def test_the_connector_alone() -> None:
    done = run(office(), subject(smtp_max_messages_per_connection=3))
    assert done.decision.plan is not None
    assert [step.command for step in done.decision.plan.steps] == ["Set-SendConnector"]
    diff = as_diff("transport", done.decision)
    assert diff["before"] == f"{WIZARD}:\n  smtp_max_messages_per_connection: 20\n"
    assert diff["after"] == f"{WIZARD}:\n  smtp_max_messages_per_connection: 3\n"


def test_a_connector_with_the_server_s_name_hides_nothing() -> None:
    host = office(examples.printed("SBS", **STRATO))
    shown = run(host, subject(queue_max_idle_time=5, smtp_max_messages_per_connection=3)).decision.after["SBS"]
    assert (shown["queue_max_idle_time"], shown["smtp_max_messages_per_connection"]) == ("00:00:05", 3)


def test_the_connectors_are_read_only_where_something_of_one_is_declared() -> None:
    host = office()
    outcome = run(host, subject(queue_max_idle_time=5))
    assert "Get-SendConnector" not in [step["command"] for request in host.requests for step in request["steps"]]
    assert outcome.decision.facts["connector"] is None
    assert "send_connector" not in json.loads(outcome.backup_file or "")


TO_DNS = examples.printed(**DNS)
UNCLEAR: dict[str, tuple[list[dict[str, Any]], str | None, str | None]] = {
    "the one to the smart host": ([SMARTHOST, PARTNER], None, WIZARD),
    "by its name": ([SMARTHOST, PARTNER], OTHER.upper(), OTHER),
    "another name": ([SMARTHOST, PARTNER], "Nobody", None),
    "straight by DNS": ([TO_DNS, PARTNER], None, None),
    "switched off": ([examples.printed(**STRATO, Enabled=False)], None, None),
    "two of them": ([SMARTHOST, examples.printed("Second", **STRATO)], None, None),
    "one of two by its name": ([SMARTHOST, examples.printed("Second", **STRATO)], "Second", "Second"),
    "none at all": ([], None, None),
}


@pytest.mark.parametrize(("connectors", "name", "meant"), UNCLEAR.values(), ids=UNCLEAR)
def test_which_connector_is_meant(connectors: list[dict[str, Any]], name: str | None, meant: str | None) -> None:
    host = TransportHost(connectors=connectors)
    desired = subject(smtp_max_messages_per_connection=3, connector=name)
    if meant is None:
        assert keys_of(refusal(HostRefused, run, host, desired)) == ["connector_unclear"]
        assert len(host.requests) == 1
    else:
        assert run(host, desired).decision.facts["connector"] == meant
        assert messages_of(host, meant) == 3


def test_what_exchange_forgets_is_told() -> None:
    host = office()
    host.deaf.add(PROPERTY)
    outcome = run(host, subject(smtp_max_messages_per_connection=3))
    assert outcome.error is not None and keys_of(outcome.error.reasons) == ["read_back_differs"]


def test_where_the_server_s_step_fails_the_connector_s_is_not_tried() -> None:
    host = office()
    host.fail("Set-TransportServer")
    outcome = run(host, subject(queue_max_idle_time=5, smtp_max_messages_per_connection=3))
    assert [report.status for report in outcome.reports] == ["failed", "not_tried"]
    assert messages_of(host) == 20


@pytest.mark.parametrize("desired", [0, 1, "20", 2**31 - 1])
def test_every_number_of_exchange_s_type_is_a_wish(desired: Any) -> None:
    assert contract.load()["Set-SendConnector"].parameters[PROPERTY].type == "Int32"
    assert contract.load()["Set-SendConnector"].parameters[PROPERTY].range is None
    assert parse_desired({"smtp_max_messages_per_connection": desired}).connector_values == {
        "smtp_max_messages_per_connection": int(desired)
    }


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "too few": ({"smtp_max_messages_per_connection": -1}, ["value_unfit"]),
    "too many": ({"smtp_max_messages_per_connection": 2**31}, ["value_unfit"]),
    "no number": ({"smtp_max_messages_per_connection": "unlimited", "connector": WIZARD}, ["value_unfit"]),
    "a name alone": ({"connector": WIZARD}, ["connector_without_setting"]),
    "a name that is none": ({"connector": ["a"], "smtp_max_messages_per_connection": 3}, ["value_unfit"]),
}


@pytest.mark.parametrize(("options", "reasons"), REFUSED.values(), ids=REFUSED)
def test_a_wish_that_is_refused(options: dict[str, Any], reasons: list[str]) -> None:
    assert keys_of(refusal(InputRefused, parse_desired, options)) == reasons


CONNECTOR_S = "send_connector_smtp_max_messages_per_connection"
ACCOUNT_S = "smarthost_account_connector"
ELSEWHERE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nowhere": ({}, []),
    "the same": ({CONNECTOR_S: "3", ACCOUNT_S: {"smtp_max_messages_per_connection": 3}}, []),
    "another with the connector": ({CONNECTOR_S: 20}, ["declared_twice"]),
    "another with the account": ({ACCOUNT_S: {"smtp_max_messages_per_connection": "20"}}, ["declared_twice"]),
    "others in both": (
        {CONNECTOR_S: 20, ACCOUNT_S: {"smtp_max_messages_per_connection": 5}},
        ["declared_twice", "declared_twice"],
    ),
    "the account's connector without it": ({ACCOUNT_S: {"port": 587}}, []),
    "what is for the owner to refuse": ({CONNECTOR_S: "many", ACCOUNT_S: "Smarthost"}, []),
}


@pytest.mark.parametrize(("variables", "reasons"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_two_owners_of_one_value_are_refused(variables: dict[str, Any], reasons: list[str]) -> None:
    elsewhere = declared_elsewhere(variables.get)
    if reasons:
        held = partial(parse_desired, elsewhere=elsewhere)
        assert keys_of(refusal(InputRefused, held, {"smtp_max_messages_per_connection": 3})) == reasons
    else:
        parse_desired({"smtp_max_messages_per_connection": 3}, elsewhere=elsewhere)
    assert parse_desired({"queue_max_idle_time": 5}, elsewhere=elsewhere).connector_values == {}


def test_the_other_place_is_named() -> None:
    elsewhere = declared_elsewhere({CONNECTOR_S: 20}.get)
    with pytest.raises(InputRefused) as caught:
        parse_desired({"smtp_max_messages_per_connection": 3}, elsewhere=elsewhere)
    assert f"3, but 20 in {CONNECTOR_S}" in str(caught.value)


def restored(host: TransportHost, saved: dict[str, Any]) -> Outcome:
    """A run back to a saved state."""
    return run(host, RestoreTransport(going_back(saved)))


def test_the_way_back() -> None:
    host = office()
    changed = run(host, subject(queue_max_idle_time=5, smtp_max_messages_per_connection=3))
    saved = json.loads(changed.backup_file or "")
    assert saved["send_connector"] == {
        "name": WIZARD,
        "guid": guid(WIZARD),
        "settings": {"smtp_max_messages_per_connection": 20},
    }
    target = host.connector()
    assert target is not None
    target["Port"] = 2525
    outcome = restored(host, saved)
    assert outcome.error is None
    assert (messages_of(host), target["Port"], host.own) == (20, 2525, printed())
    assert restored(host, saved).changed is False


def test_the_way_back_where_the_connector_was_made_anew() -> None:
    host = office()
    saved = json.loads(run(host, subject(smtp_max_messages_per_connection=3)).backup_file or "")
    target = host.connector()
    assert target is not None
    target["Guid"] = guid("anew")
    assert restored(host, saved).error is None
    assert messages_of(host) == 20


def test_the_way_back_of_the_server_where_the_connector_is_gone() -> None:
    host = office()
    saved = json.loads(run(host, subject(queue_max_idle_time=5, smtp_max_messages_per_connection=3)).backup_file or "")
    host.connectors = [PARTNER]
    outcome = restored(host, saved)
    assert outcome.error is None and host.own == printed()
    assert any("no longer exists" in notice for notice in outcome.decision.notices)


def test_a_state_that_was_saved_without_a_connector_leaves_it_alone() -> None:
    host = office()
    saved = json.loads(run(host, subject(queue_max_idle_time=5)).backup_file or "")
    run(host, subject(smtp_max_messages_per_connection=3))
    outcome = restored(host, saved)
    assert outcome.error is None and outcome.decision.notices == run(host, subject(), check=True).decision.notices
    assert (messages_of(host), host.own) == (3, printed())


def test_what_could_not_be_read_of_the_connector_is_left_as_it_is() -> None:
    host = office(examples.printed(**{**STRATO, PROPERTY: "viele"}))
    saved = json.loads(run(host, subject(smtp_max_messages_per_connection=3)).backup_file or "")
    assert saved["send_connector"]["settings"] == {}
    assert restored(host, saved).changed is False
    assert messages_of(host) == 3


GOOD = saved_state(state())
DAMAGED: dict[str, Any] = {
    "no mapping": "Smarthost",
    "no settings": {"name": WIZARD, "guid": guid(WIZARD)},
    "another setting": {"name": WIZARD, "guid": guid(WIZARD), "settings": {"port": 25}},
    "an impossible value": {
        "name": WIZARD,
        "guid": guid(WIZARD),
        "settings": dict.fromkeys(CONNECTOR_KINDS, -1),
    },
}


@pytest.mark.parametrize("connector", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(connector: Any) -> None:
    content = {**GOOD, "send_connector": connector}
    assert keys_of(refusal(InputRefused, RestoreTransport, going_back(content))) == ["backup_unreadable"]
