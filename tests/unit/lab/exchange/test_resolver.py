"""Who gets what is submitted: groups become their members, users of the server have it at once, the rest leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.exchange.queues import Mail
from tests.unit.lab.exchange.queues.queue_world import RECIPIENT, SENDER, THROTTLED, World

GROUP = {"RecipientTypeDetails": "MailUniversalDistributionGroup"}
CONTACT = {"RecipientTypeDetails": "MailContact"}
BY_HAND = {"EmailAddressPolicyEnabled": False}
RECIPIENTS: list[dict[str, Any]] = [
    {**GROUP, "Name": "alle", "Members": ["anna", "bernd", "kanzlei"]},
    {**GROUP, "Name": "firma", "Members": ["alle", "chefin", "ohne"]},
    {**GROUP, "Name": "kreis", "Members": ["kreis", "anna", "ring"]},
    {**GROUP, "Name": "ring", "Members": ["kreis", "bernd"]},
    {**GROUP, "Name": "niemand"},
    {"Name": "anna"},
    {"Name": "bernd"},
    {"Name": "chefin", "EmailAddresses": ["SMTP:chefin@beispiel.de", "smtp:chefin@nt4admins.local"], **BY_HAND},
    {"Name": "ohne", "EmailAddresses": [], **BY_HAND},
    {"Name": "ordner", "RecipientTypeDetails": "PublicFolder"},
    {**CONTACT, "Name": "kanzlei", "ExternalEmailAddress": "kanzlei@example.org"},
    {
        **CONTACT,
        "Name": "umweg",
        "EmailAddresses": ["SMTP:umweg@nt4admins.local"],
        "ExternalEmailAddress": "bernd@nt4admins.local",
        **BY_HAND,
    },
    {"Name": "frei", "RecipientTypeDetails": "MailUser", "ExternalEmailAddress": "frei@example.org"},
    {
        "Name": "postfaecher",
        "RecipientTypeDetails": "DynamicDistributionGroup",
        "RecipientFilter": "RecipientType -eq 'UserMailbox'",
    },
    {"Name": "leer", "RecipientTypeDetails": "DynamicDistributionGroup"},
]
DOMAINS = [
    {"Name": "nt4admins.local", "DomainName": "nt4admins.local", "Default": True},
    {"Name": "beispiel.de", "DomainName": "beispiel.de", "DomainType": "InternalRelay"},
]
ANNA, BERND, CHEFIN = "anna@nt4admins.local", "bernd@nt4admins.local", "chefin@beispiel.de"
KANZLEI, FREI, ORDNER = "kanzlei@example.org", "frei@example.org", "ordner@nt4admins.local"


def office(answer: Any = "250 Ok", **state: Any) -> World:
    return World(answer, **{"recipients": RECIPIENTS, "accepted_domains": DOMAINS, **state})


def submitted(*names: str, world: World | None = None) -> World:
    """One message to these, an hour later; a name without a domain is one of nt4admins.local."""
    world = world or office()
    world.submit(1, *(name if "@" in name else f"{name}@nt4admins.local" for name in names))
    world.run(hours=1)
    return world


def reached(world: World) -> tuple[list[str], list[str]]:
    """Who has the mail here, and to whom it left; no report is counted."""
    (received,) = world.tracked("RECEIVE")
    here = [event for event in world.tracked("DELIVER") if event["MessageId"] == received["MessageId"]]
    return [to for event in here for to in event["Recipients"]], [to for _, to in world.delivered]


def expanded(world: World) -> dict[str, list[str]]:
    return {each["RelatedRecipientAddress"]: each["Recipients"] for each in world.tracked("EXPAND")}


@pytest.mark.parametrize(
    ("names", "here", "outside"),
    [
        (["anna"], [ANNA], []),
        (["ANNA", "anna"], [ANNA], []),
        (["ordner"], [ORDNER], []),
        (["chefin"], [CHEFIN], []),
        ([RECIPIENT, "anna"], [ANNA], [RECIPIENT]),
        (["kunde@beispiel.de"], [], ["kunde@beispiel.de"]),
        (["kanzlei"], [], [KANZLEI]),
        ([KANZLEI, "kanzlei"], [], [KANZLEI]),
        (["frei"], [], [FREI]),
        (["umweg"], [BERND], []),
        (["umweg", "bernd"], [BERND], []),
        (["alle"], [ANNA, BERND], [KANZLEI]),
        (["alle", "anna", KANZLEI], [ANNA, BERND], [KANZLEI]),
        (["firma"], [ANNA, BERND, CHEFIN], [KANZLEI]),
        (["kreis"], [ANNA, BERND], []),
        (["niemand"], [], []),
        (["postfaecher"], [ANNA, BERND, CHEFIN], []),
        (["leer"], [], []),
        (["alle", RECIPIENT], [ANNA, BERND], [KANZLEI, RECIPIENT]),
    ],
)
def test_who_is_reached(names: list[str], here: list[str], outside: list[str]) -> None:
    world = submitted(*names)
    assert reached(world) == (here, outside)
    counts = world.engine.counts
    assert (counts.submitted, counts.delivered_here, counts.sent) == (len(here) + len(outside), len(here), len(outside))
    assert (counts.failed, world.engine.queued, world.engine.messages) == (0, 0, {})


def test_each_group_is_expanded_once() -> None:
    world = submitted("kreis", "ring", "firma")
    assert expanded(world) == {
        "kreis@nt4admins.local": ["kreis@nt4admins.local", ANNA, "ring@nt4admins.local"],
        "ring@nt4admins.local": ["kreis@nt4admins.local", BERND],
        "firma@nt4admins.local": ["alle@nt4admins.local", CHEFIN],
        "alle@nt4admins.local": [ANNA, BERND, KANZLEI],
    }
    events = world.tracked("EXPAND")
    assert len(events) == 4
    assert {(event["Source"], event["Sender"]) for event in events} == {("ROUTING", SENDER)}


def test_the_log_tells_an_expansion_in_its_order() -> None:
    found = [(event["EventId"], event["Source"], event["Recipients"]) for event in submitted("alle").tracked()]
    assert found == [
        ("RECEIVE", "STOREDRIVER", ["alle@nt4admins.local"]),
        ("SUBMIT", "STOREDRIVER", ["alle@nt4admins.local"]),
        ("EXPAND", "ROUTING", [ANNA, BERND, KANZLEI]),
        ("DELIVER", "STOREDRIVER", [ANNA, BERND]),
        ("SEND", "SMTP", [KANZLEI]),
    ]


def test_another_address_of_a_recipient_is_resolved() -> None:
    world = submitted("chefin", "kanzlei", ANNA)
    found = [(each["RelatedRecipientAddress"], each["Recipients"], each["Source"]) for each in world.tracked("RESOLVE")]
    assert found == [
        ("chefin@nt4admins.local", [CHEFIN], "ROUTING"),
        ("kanzlei@nt4admins.local", [KANZLEI], "ROUTING"),
    ]


def test_what_is_for_users_here_never_queues() -> None:
    """Not even where no connector works and the queue is suspended."""
    world = submitted("alle", world=office(THROTTLED))
    assert [message.recipients for message in world.queue.messages.values()] == [[KANZLEI]]
    world.engine.suspend_queue(world.queue)
    world.submit(1, ANNA)
    assert (world.engine.counts.delivered_here, world.engine.queued, len(world.engine.messages)) == (3, 1, 1)


def test_nobody_in_an_authoritative_domain_is_reported_at_once() -> None:
    world = submitted("weg", "anna", RECIPIENT)
    assert reached(world) == ([ANNA], [RECIPIENT])
    (failed,) = world.tracked("FAIL")
    text = "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##"
    assert (failed["Source"], failed["RecipientStatus"]) == ("ROUTING", [text])
    assert failed["Recipients"] == ["weg@nt4admins.local"]
    (bounce,) = world.engine.ledger.bounces
    assert (bounce.to, bounce.recipient, bounce.reason) == (SENDER, "weg@nt4admins.local", text)
    (report,) = world.tracked("DSN")
    assert report["Reference"] == [failed["MessageId"]]
    assert (world.engine.counts.submitted, world.engine.counts.failed) == (3, 1)


def test_an_authoritative_domain_with_a_wildcard_knows_its_own_too() -> None:
    domains = [*DOMAINS, {"Name": "unten", "DomainName": "*.unten.de"}]
    world = submitted("x@a.unten.de", "x@unten.de", world=office(accepted_domains=domains))
    assert [bounce.recipient for bounce in world.engine.ledger.bounces] == ["x@a.unten.de"]
    assert reached(world) == ([], ["x@unten.de"])


def test_without_recipients_everybody_is_outside() -> None:
    world = submitted("weg", "anna", "Anna", world=office(recipients=[]))
    assert reached(world) == ([], ["weg@nt4admins.local", ANNA, "Anna@nt4admins.local"])
    assert [event["EventId"] for event in world.tracked()] == ["RECEIVE", "SUBMIT", "SEND"]


def test_members_are_those_of_the_moment_of_submission() -> None:
    world = office(THROTTLED)
    world.machine.change({"recipients": [{"Name": "alle", "Members": ["frei"]}, {"Name": "kanzlei", "remove": True}]})
    submitted("alle", world=world)
    world.machine.change({"recipients": [{"Name": "alle", "Members": ["anna"]}]})
    world.engine.retry_queue(world.queue, True)
    assert [message.recipients for message in world.engine.messages.values()] == [[FREI]]


def test_reports_on_a_members_mail_name_the_member() -> None:
    world = office("550 5.1.1 Unknown")
    world.engine.submit(Mail(BERND, ("alle@nt4admins.local",)))
    world.run(minutes=1)
    assert [(bounce.to, bounce.recipient) for bounce in world.engine.ledger.bounces] == [(BERND, KANZLEI)]
    assert world.tracked("DELIVER")[-1]["Recipients"] == [BERND]


NAMES = [f"{each['Name']}@nt4admins.local" for each in RECIPIENTS] + [RECIPIENT, "weg@nt4admins.local", KANZLEI]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whoever_is_in_whatever_groups_gets_each_message_once(data: st.DataObject) -> None:
    """Groups that hold any recipients, groups and themselves among them, end; ``World.run`` counts meanwhile."""
    names = [str(each["Name"]) for each in RECIPIENTS]
    members = st.lists(st.sampled_from(names), unique=True, max_size=6)
    groups = [{"Name": name, "Members": data.draw(members)} for name in ("alle", "firma", "kreis", "ring", "niemand")]
    world = office()
    world.machine.change({"recipients": groups})
    submitted(*data.draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=5)), world=world)
    here, outside = reached(world)
    assert len({to.lower() for to in here + outside}) == len(here + outside)
    assert all(to.startswith(("anna@", "bernd@", "chefin@", "ordner@")) for to in here)
    assert set(outside) <= {KANZLEI, FREI, RECIPIENT}
