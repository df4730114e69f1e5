"""What is not declared is not touched: nothing declared for every row of every table, and there is no step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite import desired as addresses
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls import desired as host_tls
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.diff import decide as decide_tls
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound import desired as inbound
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mail_flow import declarations as mail_flow
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import WRITTEN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.kinds import ListOf, Record
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import Option
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import desired as pop3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import fetch, learn
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.declared_accounts import (
    ACCOUNT as ACCOUNT_KIND,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import desired as preflight
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue import backlog_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue import desired as queue
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery import desired as recovery
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.ticks import tick
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector import desired as receiving
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore import desired as restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import every_option, split_run_options
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import desired as connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import diff
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account import desired as account
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport import desired as transport
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.subject import TransportSubject
from tests.unit.plugin_utils.address_rewrite import address_host
from tests.unit.plugin_utils.host_tls import tls_host
from tests.unit.plugin_utils.pop3_connector import pop3_file, pop3_host
from tests.unit.plugin_utils.queue_recovery.recovery_host import START, RecoveryHost, Site
from tests.unit.plugin_utils.run.examples import NOW as HOSTS_NOW
from tests.unit.plugin_utils.run.examples import STRATO, parsed, printed, run_one
from tests.unit.plugin_utils.smarthost_account.account_host import (
    OLD,
    SECRETS,
    Account,
    AccountHost,
    mailbox,
    smarthost,
)
from tests.unit.plugin_utils.transport.test_diff import office, run

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BOX = {"address": "info@beispiel.de", "password": "Zq7-undeclared-Kupferdach", "created": "2020-01-31"}
FILE = {"backup_file": "x.json"}
ACCOUNT = {"server": "pop.x.de", "port": 995, "username": "x"}


def at_now(parse: Callable[..., Any]) -> Callable[..., Any]:
    return lambda arguments: parse(arguments, NOW)


def of_server(arguments: dict[str, Any]) -> Any:
    reasons: list[Any] = []
    declarations = mail_flow.parse_declarations(arguments, reasons)
    return mail_flow.chosen(declarations, arguments, reasons), reasons


DECLARATIONS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "address_rewrite": (addresses.parse_desired, {"rules": [{"from": "a.local", "to": "b.de"}]}),
    "facts": (backlog_facts.parse_look, {}),
    "host_tls": (host_tls.parse_desired, {"client": True}),
    "inbound": (lambda arguments: inbound.parse_desired(arguments, []), {"domains": [{"domain": "b.de", "way": "mx"}]}),
    "mail_flow": (of_server, {"transport": {"message_retry_interval": 60}}),
    "pop3_connector": (pop3.parse_desired, {"accounts": [ACCOUNT], "fetch_task": {"interval_minutes": 15}}),
    "pop3_connector_fetch": (fetch.parse_fetch, {}),
    "pop3_connector_learn": (learn.parse_learn, {}),
    "pop3_connector_restore": (lambda arguments: restore.parse_restore(arguments, NOW, rows=restore.BACKUP), {}),
    "preflight": (lambda arguments: preflight.parse_desired(arguments, [], ("tls",)), {}),
    "receive_connector": (receiving.parse_desired, {}),
    "restore": (at_now(restore.parse_restore), FILE),
    "queue": (queue.parse_desired, {}),
    "queue_recovery": (at_now(recovery.parse_desired), {"per_hour": 250, "keep_login": True}),
    "send_connector": (at_now(connector.parse_desired), {"name": "A"}),
    "smarthost_account": (at_now(account.parse_desired), {"provider": "strato", "mailboxes": [BOX]}),
    "transport": (transport.parse_desired, {}),
}
ROWS = [
    (name, row.name)
    for name in DECLARATIONS
    for row in actions.ACTIONS[name].options
    if row.name not in DECLARATIONS[name][1]
]


def test_every_action_with_options_has_a_wish() -> None:
    assert set(DECLARATIONS) == {name for name, each in actions.ACTIONS.items() if each.options}


@pytest.mark.parametrize(("name", "option"), ROWS)
def test_none_is_what_is_not_declared(name: str, option: str) -> None:
    parse, desired = DECLARATIONS[name]
    assert parse({**desired, option: None}) == parse(desired)


@pytest.mark.parametrize("name", actions.ACTIONS)
def test_none_is_no_option_of_a_run(name: str) -> None:
    action = actions.ACTIONS[name]
    split = partial(split_run_options, needs_exchange=action.needs_exchange, plans=action.plans)
    assert split(dict.fromkeys(each.name for each in every_option(action) if each not in action.options)) == split({})


def records(options: tuple[Option, ...]) -> list[tuple[str, Record]]:
    """The mappings among options, those inside of others too, by name."""
    found = []
    for each in options:
        kind = each.kind.item if isinstance(each.kind, ListOf) else each.kind
        found += [(each.name, kind), *records(kind.options)] if isinstance(kind, Record) else []
    return found


RECORDS = {name: kind for action in actions.ACTIONS.values() for name, kind in records(every_option(action))}


@pytest.mark.parametrize("name", RECORDS)
def test_none_is_not_declared_inside_of_a_mapping(name: str) -> None:
    kind, empty, none = RECORDS[name], [], []
    undeclared = kind.read({}, Spelling("here"), name, empty)
    assert kind.read(dict.fromkeys(each.name for each in kind.options), Spelling("here"), name, none) == undeclared
    assert none == empty


@pytest.mark.parametrize(
    "option", [row.name for row in actions.ACTIONS["send_connector"].options if row.name != "name"]
)
@pytest.mark.parametrize("host", [printed("A"), printed("A", **STRATO)], ids=["dns", "smarthost"])
def test_nothing_is_written_to_a_connector(host: dict[str, Any], option: str) -> None:
    desired = connector.parse_desired({"name": "A", option: None}, HOSTS_NOW)
    assert diff.decide(parsed(host), desired, HOSTS_NOW).plan is None


def test_nothing_is_written_to_a_transport_server() -> None:
    desired = transport.parse_desired(nothing("transport"))
    assert run(office(printed("A")), TransportSubject(desired)).decision.plan is None


@pytest.mark.parametrize("option", [row.name for row in actions.ACTIONS["send_connector"].options])
def test_nothing_declared_of_an_account_s_connector_hides_what_is_known_of_it(option: str) -> None:
    desired = {
        "provider": "strato",
        "mailboxes": [BOX],
        "known_routes": ["Fax"],
        "connector": {"smart_hosts": ["a.de"]},
    }
    nulls = {**desired, "connector": {"smart_hosts": ["a.de"], option: None}}
    told = account.parse_desired(desired if option != "smart_hosts" else {**desired, "connector": {}}, NOW)
    assert account.parse_desired(nulls, NOW) == told


def nothing(name: str, *declared: str) -> dict[str, None]:
    """Nothing declared for every option of an action but these."""
    return dict.fromkeys(row.name for row in actions.ACTIONS[name].options if row.name not in declared)


def options(name: str, *declared: str) -> list[dict[str, None]]:
    """Nothing declared for each option by itself, and for all of them."""
    return [*({each: None} for each in nothing(name, *declared)), nothing(name, *declared)]


def option_of(undeclared: dict[str, None]) -> str:
    return next(iter(undeclared)) if len(undeclared) == 1 else "all"


@pytest.mark.parametrize("undeclared", options("host_tls"), ids=option_of)
def test_nothing_is_written_to_the_registry(undeclared: dict[str, None]) -> None:
    desired = host_tls.parse_desired({"restart": "service", **undeclared})
    assert decide_tls(tls_host.state(), desired, tls_host.NOW).plan is None


@pytest.mark.parametrize("undeclared", options("address_rewrite", "rules"), ids=option_of)
def test_nothing_is_written_to_recipients_and_domains(undeclared: dict[str, None]) -> None:
    outside, inside = f"SMTP:anna@{address_host.OUTSIDE}", f"smtp:anna@{address_host.INSIDE}"
    host = address_host.AddressHost(address_host.printed("Anna", outside, inside))
    assert address_host.run(host, address_host.subject(**undeclared)).decision.plan is None


@pytest.mark.parametrize("undeclared", options("pop3_connector"), ids=option_of)
@pytest.mark.parametrize("state", ["Running", "Stopped"])
def test_nothing_is_written_to_the_pop3_connector(tmp_path: Path, undeclared: dict[str, None], state: str) -> None:
    held = pop3_file.account(1), pop3_file.account(2)
    host = pop3_host.Pop3Host(pop3_file.data_of(pop3_file.SHAPES[0], *held), {each["password"]: "x" for each in held})
    host.status = state
    desired = pop3_host.subject(undeclared, tmp_path)
    assert run_one(desired, host.session(), NO_EXCHANGE, str, check_mode=True).decision.plan is None


@pytest.mark.parametrize("option", [row.name for row in ACCOUNT_KIND.options if row.name not in ACCOUNT])
def test_nothing_is_written_to_an_account(tmp_path: Path, option: str) -> None:
    held = pop3_file.account(1)
    host = pop3_host.Pop3Host(pop3_file.data_of(pop3_file.SHAPES[0], held), {held["password"]: held["password"]})
    desired = pop3_host.options({**pop3_host.declared(1, password=held["password"]), option: None})
    assert (
        run_one(pop3_host.subject(desired, tmp_path), host.session(), NO_EXCHANGE, str, check_mode=True).decision.plan
        is None
    )


@pytest.mark.parametrize("undeclared", options("smarthost_account", "provider", "mailboxes"), ids=option_of)
def test_nothing_is_written_to_the_connector_of_an_account(tmp_path: Path, undeclared: dict[str, None]) -> None:
    run_account = Account(tmp_path, AccountHost(smarthost(OLD)), [mailbox(OLD, 900)])
    run_account.note(WRITTEN, OLD, 100, SECRETS[OLD])
    assert run_account(**undeclared).decision.plan is None


@pytest.mark.parametrize("undeclared", options("queue_recovery", "per_hour", "keep_login"), ids=option_of)
def test_nothing_is_done_to_a_queue_that_is_not_full(tmp_path: Path, undeclared: dict[str, None]) -> None:
    host = RecoveryHost()
    desired = recovery.parse_desired({"per_hour": host.rate, "keep_login": True, **undeclared}, START)
    found = tick(Site(tmp_path, host).place(), desired)
    assert (found.done, found.error) == (True, None)
    commands = [step["command"] for request in host.requests for step in request["steps"]]
    assert commands and all(each.startswith(("Get-", "Measure-")) for each in commands)
