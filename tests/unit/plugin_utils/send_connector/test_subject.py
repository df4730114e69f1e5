"""The send connector as a subject: what is left of a declaration, and what a person sees of a decision."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import ExchangeServer
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Decision
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject, State
from tests.unit.plugin_utils.run.examples import (
    LOGIN,
    NOW,
    PASSWORD,
    STRATO,
    WIZARD,
    YOUNG,
    commands,
    desired,
    keys_of,
    login,
    parsed,
    printed,
    to_strato,
)

Host = list[dict[str, Any]]
ALT = printed("Alt", AddressSpaces=["SMTP:*;5"])


def subject(options: dict[str, Any]) -> SendConnectorSubject:
    return SendConnectorSubject(desired(options), lambda: NOW)


def state_of(*connectors: dict[str, Any]) -> State:
    return State(ExchangeServer("SBS", "14.3", 14, ()), parsed(*connectors))


def decision(host: Host, options: dict[str, Any]) -> Decision:
    return subject(options).decide(state_of(*host))


CHANGE = ("Set-SendConnector", WIZARD)
LEFT: dict[str, tuple[Host, dict[str, Any], list[tuple[str, str]]]] = {
    "nothing": ([printed(**STRATO)], to_strato(), []),
    "a setting": ([printed(**STRATO)], to_strato(port=25), [CHANGE]),
    "the login's name": ([printed(**STRATO)], to_strato(login=login("alt@beispiel.de")), [CHANGE]),
    "a login that only a new connector gets": (
        [printed(**STRATO)],
        to_strato(login=login("alt@beispiel.de"), update_password="on_create"),
        [],
    ),
    "a login in other capitals": ([printed(**STRATO)], to_strato(login=login(LOGIN.upper())), []),
    "the age of a login is no matter afterwards": ([printed(**STRATO)], to_strato(login=login(created=YOUNG)), []),
    "a connector to create": ([], to_strato(name="Neu"), [("New-SendConnector", "Neu")]),
    "a connector to remove": (
        [printed()],
        {"name": WIZARD, "state": "absent"},
        [("Remove-SendConnector", WIZARD)],
    ),
    "a removed connector": ([], {"name": WIZARD, "state": "absent"}, []),
    "another to switch off": ([printed(**STRATO), ALT], to_strato(exclusive=True), [("Set-SendConnector", "Alt")]),
    "another that may stay": ([printed(**STRATO), ALT], to_strato(), []),
    "brakes are no matter afterwards": ([printed()], {"name": WIZARD, "port": 25}, []),
}


@pytest.mark.parametrize(("host", "options", "left"), LEFT.values(), ids=LEFT)
def test_what_is_left_to_do(host: Host, options: dict[str, Any], left: list[tuple[str, str]]) -> None:
    assert commands(subject(options).left_to_do(state_of(*host))) == left


def test_after_a_plan_nothing_is_left_of_it() -> None:
    state = state_of(printed(), ALT)
    desired = subject(to_strato(exclusive=True, comment="neu", max_message_size="25MB"))
    assert desired.left_to_do(state) is not None
    after = printed(**STRATO, Comment="neu", MaxMessageSize="25 MB (26,214,400 bytes)")
    assert desired.left_to_do(state_of(after, ALT | {"Enabled": False})) is None


def test_an_unclear_target_is_refused_afterwards_too() -> None:
    with pytest.raises(HostRefused) as caught:
        subject({"name": WIZARD}).left_to_do(state_of(printed(Guid="1"), printed(Guid="2")))
    assert keys_of(caught.value) == ["duplicate_name"]


def test_only_touched_connectors_are_shown_before_and_after() -> None:
    found = decision([printed(**STRATO), ALT, printed("Fremd", Enabled=False)], to_strato(exclusive=True))
    assert set(found.before) == set(found.after) == {"Alt"}
    assert {**found.before["Alt"], "enabled": False} == found.after["Alt"]
    assert "login.username" not in found.before["Alt"]


def test_nothing_to_do_shows_nothing() -> None:
    found = decision([printed(**STRATO)], to_strato())
    assert (found.before, found.after) == ({}, {})


def test_a_new_connector_was_nothing_before() -> None:
    found = decision([], to_strato(name="Neu"))
    assert found.before == {}
    assert found.after["Neu"]["login.username"] == LOGIN
    assert found.after["Neu"]["login.password"] == "(written: the connector is created)"


def test_a_removed_connector_is_nothing_afterwards() -> None:
    found = decision([printed(**STRATO), ALT], {"name": "Alt", "state": "absent"} | {"confirm_no_smarthost": False})
    assert list(found.before) == ["Alt"]
    assert found.after == {}


FACTS: dict[str, tuple[Host, dict[str, Any], str | None, list[str]]] = {
    "named": ([printed(**STRATO)], to_strato(name=WIZARD.upper()), WIZARD, []),
    "adopted": ([printed(**STRATO)], to_strato(name="Strato", adopt=True), WIZARD, []),
    "created": ([], to_strato(name="Neu"), "Neu", []),
    "others": ([printed(**STRATO), ALT], to_strato(), WIZARD, ["Alt"]),
}


@pytest.mark.parametrize(("host", "options", "target", "others"), FACTS.values(), ids=FACTS)
def test_the_result_names_the_connector_and_the_others(
    host: Host, options: dict[str, Any], target: str | None, others: list[str]
) -> None:
    facts = decision(host, options).facts
    assert facts["connector"] == target
    assert [each["name"] for each in facts["other_connectors"]] == others


def test_the_others_are_told_with_cost_and_way() -> None:
    facts = decision([printed(**STRATO), printed("Alt", **STRATO | {"AddressSpaces": ["SMTP:*;5"]})], to_strato()).facts
    assert facts["other_connectors"] == [{"name": "Alt", "cost": 5, "smart_hosts": ["smtp.strato.de"]}]
    assert decision([printed(**STRATO), ALT], to_strato()).facts["other_connectors"][0]["smart_hosts"] == []


def test_what_a_person_sees_is_json_without_the_password() -> None:
    found = decision([printed(MaxMessageSize="zehn"), ALT], to_strato(exclusive=True))
    shown = json.dumps([found.before, found.after, found.facts, found.notices])
    assert PASSWORD not in shown + repr(found)
    assert '"max_message_size": "zehn"' in shown
