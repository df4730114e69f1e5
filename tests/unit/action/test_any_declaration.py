"""Nothing that Ansible can hand over breaks the declaration of any action: it is taken, or refused with reasons."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.logins import NAME
from tests.unit.action.test_undeclared import ACCOUNT, BOX, DECLARATIONS, records
from tests.unit.plugin_utils.options.test_parse import ODD

LOGIN = {"username": "x", "password": BOX["password"], "created": "2020-01-31"}
MAP = {"mailbox": {"key": "Box"}}
WHOLE: dict[str, dict[str, Any]] = {
    "accounts": ACCOUNT,
    "login": LOGIN,
    "logins": LOGIN,
    "mailboxes": BOX,
    "rules": {"from": "a.local", "to": "b.de"},
}
ROWS = [(name, row.name) for name in DECLARATIONS for row in actions.ACTIONS[name].options]
INSIDE = [(name, *each) for name in DECLARATIONS for each in records(tuple(actions.ACTIONS[name].options))]


def taken_or_refused(name: str, arguments: dict[str, Any]) -> None:
    parse, desired = DECLARATIONS[name]
    try:
        parse({**desired, **arguments})
    except InputRefused as refusal:
        assert str(refusal)


@pytest.mark.parametrize(("name", "option"), ROWS)
def test_nothing_odd_breaks_an_option(name: str, option: str) -> None:
    for value in ODD.values():
        taken_or_refused(name, {option: value})
        taken_or_refused(name, {option: [value]})


@pytest.mark.parametrize(("name", "option", "kind"), INSIDE)
def test_nothing_odd_breaks_a_mapping(name: str, option: str, kind: Any) -> None:
    whole = {**WHOLE.get(option, {})}
    for each in kind.options:
        for value in ODD.values():
            taken_or_refused(name, {option: {**whole, each.name: value}})
            taken_or_refused(name, {option: [{**whole, each.name: value}]})


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_nothing_odd_breaks_a_key_map(value: Any) -> None:
    for mapped in (value, {"key": value}, {"key": "a", "values": value}, {"key": "a", "values": {"true": value}}):
        taken_or_refused("pop3_connector", {"key_map": {"ssl": mapped, "copy_as_is": value}})


SECRETS = ("Kupferdach-9134-Zq7x", "Sommerregen", "4711-2086-9134", "2086-01-31")
GUARDED = [(name, option, kind) for name, option, kind in INSIDE if kind.guarded and option in WHOLE]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(("name", "option", "kind"), GUARDED)
def test_a_secret_is_not_repeated_of_a_mapping(name: str, option: str, kind: Any, secret: str) -> None:
    whole = {**WHOLE[option], "password": secret}
    wrong = [{secret: 1}, *({each.name: secret} for each in kind.options if each.kind is not NAME)]
    for each in (*wrong, {"provider": {"name": secret, "pop3_port": secret, "x": secret}}):
        mapping = {**whole, **each}
        assert secret not in refusal_of(name, {"key_map": MAP} if option == "accounts" else {}, option, mapping)


@pytest.mark.parametrize(("name", "option", "kind"), GUARDED)
def test_nor_is_one_that_is_not_known_as_one(name: str, option: str, kind: Any) -> None:
    for each in kind.options:
        for value in (SECRETS[0], [SECRETS[0]], {"password": SECRETS[0]}, ({SECRETS[0]: 1},)):
            shown = refusal_of(name, {}, option, {**WHOLE[option], each.name: value}) if each.kind is not NAME else ""
            assert SECRETS[0] not in shown


def refusal_of(name: str, more: dict[str, Any], option: str, mapping: dict[str, Any]) -> str:
    """All that is said against a mapping, alone and in a list."""
    parse, desired = DECLARATIONS[name]
    said = []
    for value in (mapping, [mapping]):
        try:
            parse({**desired, **more, option: value})
        except InputRefused as refusal:
            said.append(str(refusal))
    return "\n".join(said)
