"""Everything that reads a host's reply: a word that nobody knows raises nothing and costs nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.domains import parse_domains
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.edge_entries import (
    parse_agents,
    parse_entries,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.policies import parse_policies
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.recipients import parse_recipients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.senders import parse_senders
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import AddressSpaces
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.backlog import parse_backlog
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.server_queues import parse_queues
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import (
    any_domain,
    find_connector,
    parse_connectors,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.state import find_server
from tests.unit.plugin_utils.address_rewrite.address_host import printed as recipient
from tests.unit.plugin_utils.queue.queue_host import cause, counted, traffic
from tests.unit.plugin_utils.run.examples import STRATO, WIZARD
from tests.unit.plugin_utils.run.examples import printed as connector
from tests.unit.plugin_utils.transport.transport_host import printed as server

DOMAIN = {"Name": "a.de", "DomainName": "a.de", "DomainType": "Authoritative", "Default": True}
POLICY = {
    "Name": "Alle",
    "Priority": "1",
    "EnabledEmailAddressTemplates": ["SMTP:%m@a.de"],
    "IncludedRecipients": "AllRecipients",
    "RecipientContainer": "a.local",
}
ENTRY = {"Name": "e", "InternalAddress": "a.local", "ExternalAddress": "a.de", "OutboundOnly": True}
AGENT = {"Identity": "Address Rewriting Outbound Agent", "Enabled": True, "Priority": 1}
SENDER = {"Sender": "a@b.de", "EventId": "SEND", "Source": "SMTP", "Messages": 3, "Last": None}
QUEUE = {"Identity": "SBS\\1", "Status": "Ready", "NextHopConnector": "{x}", "MessageCount": 3, "LastError": "421 no"}
READERS: dict[str, tuple[Callable[[list[Any]], Any], dict[str, Any]]] = {
    "connectors": (parse_connectors, connector(**STRATO)),
    "transport servers": (lambda rows: find_server(rows, "SBS"), server()),
    "queues counted": (parse_backlog, counted(retry=3, Errors=[{"Text": "450 4.7.0 later", "Count": 3}])),
    "traffic": (parse_backlog, traffic(3, 2, [cause("550 5.7.1 no")])),
    "queues": (parse_queues, QUEUE),
    "recipients": (parse_recipients, recipient("Anna")),
    "domains": (parse_domains, DOMAIN),
    "policies": (parse_policies, POLICY),
    "entries": (parse_entries, ENTRY),
    "agents": (parse_agents, AGENT),
    "senders": (parse_senders, SENDER),
}
STRANGE = ("NochNieGesehen", "PendingSuspend", "", None, 7, True, ["x"], {"Value": 3})


def corrupt(row: Mapping[str, Any], strange: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The row with each of its values, and each of those inside, replaced once."""
    for key, value in row.items():
        yield key, {**row, key: strange}
        inner = value if isinstance(value, list) else []
        for at, each in enumerate(inner):
            for name, changed in corrupt(each, strange) if isinstance(each, dict) else ():
                found = copy.deepcopy(inner)
                found[at] = changed
                yield f"{key}.{name}", {**row, key: found}


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
@pytest.mark.parametrize("name", READERS)
def test_a_word_that_nobody_knows_raises_nothing_and_hides_no_other_row(name: str, strange: Any) -> None:
    reader, row = READERS[name]
    for _, changed in corrupt(row, strange):
        reader([changed, copy.deepcopy(row)])
        reader([copy.deepcopy(row), changed])


SPACES = [
    (["Local:SMTP:*;1"], {"SMTP:*;1"}),
    (["local:*"], {"SMTP:*;1"}),
    (["LOCAL: SMTP:beispiel.de;5", "X400:c=de;1"], {"SMTP:beispiel.de;5", "X400:c=de;1"}),
    (["Local:"], {"Local:"}),
]


@pytest.mark.parametrize(("told", "found"), SPACES)
def test_the_spaces_of_a_scoped_connector(told: list[Any], found: set[str]) -> None:
    assert AddressSpaces().host(told) == frozenset(found)


def test_a_scoped_connector_is_found_like_another() -> None:
    (found,) = parse_connectors([connector(**{**STRATO, "AddressSpaces": ["Local:SMTP:*;1"]})])
    assert any_domain([found]) == [found]
    assert find_connector([found], None, "sbs").name == WIZARD


CONTAINERS = [
    ("a.local", True),
    ("a.local/", True),
    ("DC=a,DC=local", True),
    ("dc=a, dc=local", True),
    ("a.local/MyBusiness", None),
    ("OU=MyBusiness,DC=a,DC=local", None),
    ("CN=Users,DC=a,DC=local", None),
    ("", True),
    (None, True),
]


@pytest.mark.parametrize(("container", "known"), CONTAINERS)
def test_a_policys_container_by_either_name(container: str | None, known: bool | None) -> None:
    (policy,) = parse_policies([{**POLICY, "RecipientContainer": container}])
    (anna,), _ = parse_recipients([recipient("Anna")])
    assert policy.is_for(anna) is known


def test_messages_in_between_count_but_wait_for_nothing() -> None:
    row = counted(ready=2)
    row["Messages"] = {**row["Messages"], "PendingSuspend": 3, "pendingremove": 1, "Neu": "?"}
    (queue,) = parse_backlog([row]).queues
    assert (queue.counts.waiting, queue.counts.other, queue.counts.all) == (2, 4, 6)


def test_tracking_that_cannot_be_read_is_told_and_costs_nothing_else() -> None:
    broken = {"Identity": None, "Events": None, "Problem": "The service\n is stopped."}
    found = parse_backlog([counted(ready=2), broken])
    assert (len(found.queues), found.traffic.attempts, found.traffic.problem) == (1, None, "The service is stopped.")
