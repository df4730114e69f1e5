# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where fetched mail goes: a target that is new or changed is a recipient here, in every form of the file, or nobody
logs in at the provider and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.targets import recipients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE, Reply, StepResult
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from tests.unit.plugin_utils.pop3_connector.pop3_file import SHAPES, Shape, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import (
    MAP,
    PASSWORD,
    Pop3Host,
    declared,
    options,
    recipient,
    subject,
)
from tests.unit.plugin_utils.run.examples import keys_of, run_one

COPIED = {**MAP, "copy_as_is": ["Id", "Flags", "Pop3Account"]}
LISTED = {**COPIED, "mailbox": {"key": "Mailbox", "values": {"anna": "guid-of-anna", "Paul P.": "guid-of-paul"}}}
OUTSIDE = "extern@fern.example"


def host_of(shape: Shape = SHAPES[0], **mailboxes: str) -> Pop3Host:
    held = [account(n, mailbox=mailboxes.get(f"user{n}", f"user{n}@nt4admins.local")) for n in (1, 2)]
    return Pop3Host(data_of(shape, *held), {each["password"]: PASSWORD for each in held})


def run(host: Pop3Host, arguments: dict[str, Any], folder: Path) -> Outcome:
    return run_one(subject(arguments, folder), host.session(), NO_EXCHANGE, lambda data: "", check_mode=False)


def reasons(host: Pop3Host, arguments: dict[str, Any], folder: Path) -> list[str]:
    """The keys of the reasons with which a run is refused, none where it has written."""
    before = host.data
    try:
        outcome = run(host, arguments, folder)
    except MailflowError as error:
        assert (host.data, host.tried) == (before, [])
        return keys_of(error)
    assert outcome.error is None and host.data != before
    return []


def kinds(kind: str, **properties: Any) -> list[dict[str, Any]]:
    return [recipient("user3@nt4admins.local", kind, **properties)]


def forwarding(to: str, *more: dict[str, Any], kind: str = "UserMailbox", by: str = "ForwardingAddress") -> list[Any]:
    return [*kinds(kind, **{by: to}), *more]


CONTACT = recipient(OUTSIDE, "MailContact", ExternalEmailAddress=f"SMTP:{OUTSIDE}")
ANNA = recipient("anna@nt4admins.local")
ROWS: dict[str, tuple[list[Any], list[str]]] = {
    "nobody of that name": ([ANNA], ["pop3_target_missing"]),
    "a mailbox": (kinds("UserMailbox"), []),
    "a mailbox by a further address": (
        kinds("UserMailbox", EmailAddresses=["SMTP:eva@x.local", "smtp:USER3@nt4admins.local"]),
        [],
    ),
    "an address of another kind": (kinds("UserMailbox", EmailAddresses=["SIP:user3@nt4admins.local"]), ["missing"]),
    "a group": (kinds("MailUniversalDistributionGroup"), []),
    "a security group": (kinds("MailUniversalSecurityGroup"), []),
    "an old group": (kinds("MailNonUniversalGroup"), []),
    "a dynamic group": (kinds("DynamicDistributionGroup"), []),
    "a public folder": (kinds("PublicFolder"), []),
    "a contact": (kinds("MailContact", ExternalEmailAddress=f"SMTP:{OUTSIDE}"), ["pop3_target_outside"]),
    "a mail user": (kinds("MailUser", ExternalEmailAddress=f"SMTP:{OUTSIDE}"), ["pop3_target_outside"]),
    "a kind nobody knows": (kinds("Kuriosum"), ["pop3_target_outside"]),
    "Exchange's own": (kinds("SystemMailbox"), ["pop3_target_exchanges"]),
    "a mailbox of Exchange's own": (
        kinds("UserMailbox", RecipientTypeDetails="DiscoveryMailbox"),
        ["pop3_target_exchanges"],
    ),
    "one that is known by its name": (kinds("UserMailbox", Name="HealthMailbox0123456"), ["pop3_target_exchanges"]),
    "a room": (kinds("UserMailbox", RecipientTypeDetails="RoomMailbox"), []),
    "a mailbox of an account elsewhere": (kinds("UserMailbox", RecipientTypeDetails="LinkedMailbox"), []),
    "somebody who is only called so": (
        [{**ANNA, **dict.fromkeys(("Name", "DisplayName", "Alias"), "user3@nt4admins.local")}],
        ["pop3_target_missing"],
    ),
    "a mailbox that forwards to an address as which one here is only called": (
        forwarding("smtp:paul@fern.example", {**ANNA, "DisplayName": "paul@fern.example"}, by="ForwardingSmtpAddress"),
        ["pop3_target_outside"],
    ),
    "a mailbox that forwards to a contact that is named by its address": (
        forwarding(f"nt4admins.local/Users/{OUTSIDE}", {**CONTACT, "Identity": f"nt4admins.local/Users/{OUTSIDE}"}),
        ["pop3_target_outside"],
    ),
    "a mailbox that forwards to a contact": (forwarding(CONTACT["Identity"], CONTACT), ["pop3_target_outside"]),
    "a mailbox that keeps a copy": (
        [{**forwarding(CONTACT["Identity"])[0], "DeliverToMailboxAndForward": True}, CONTACT],
        ["pop3_target_outside"],
    ),
    "a public folder that forwards to a contact": (
        forwarding(CONTACT["Identity"], CONTACT, kind="PublicFolder"),
        ["pop3_target_outside"],
    ),
    "a mailbox that forwards to one here": (forwarding(ANNA["Identity"], ANNA), []),
    "a mailbox that forwards to one that forwards outside": (
        forwarding(ANNA["Identity"], {**ANNA, "ForwardingAddress": CONTACT["Identity"]}, CONTACT),
        ["pop3_target_outside"],
    ),
    "two that forward to each other": (
        forwarding(ANNA["Identity"], {**ANNA, "ForwardingAddress": "nt4admins.local/Users/user3"}),
        ["pop3_target_outside"],
    ),
    "a mailbox that forwards to an address outside": (
        forwarding(f"smtp:{OUTSIDE}", by="ForwardingSmtpAddress"),
        ["pop3_target_outside"],
    ),
    "a mailbox that forwards to an address here": (
        forwarding("smtp:ANNA@nt4admins.local", ANNA, by="ForwardingSmtpAddress"),
        [],
    ),
    "a mailbox that forwards nobody knows where": (forwarding("nt4admins.local/Gone"), ["pop3_target_unproven"]),
}
ROWS["an address of another kind"] = (ROWS["an address of another kind"][0], ["pop3_target_missing"])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize(("found", "keys"), ROWS.values(), ids=ROWS)
def test_a_new_account_in_every_form_of_the_file(
    shape: Shape, found: list[Any], keys: list[str], tmp_path: Path
) -> None:
    host = host_of(shape)
    host.recipients = found
    assert reasons(host, options(declared(3), key_map=COPIED), tmp_path) == keys
    assert [each["exchange"] for each in host.requests][:2] == ["none", "snapin"]


@pytest.mark.parametrize(
    ("desired", "asked"),
    [
        ([declared(1, password="Other-Zinkblech-55")], False),
        ([declared(1, username="User1@beispiel.de")], False),
        ([declared(1, logon="apop")], False),
        ([declared(2, state="absent")], False),
        ([declared(1, mailbox=None, password="Other-Zinkblech-55")], False),
        ([declared(1, mailbox="user5@nt4admins.local")], True),
        ([declared(1, mailbox="USER1@nt4admins.local")], True),
        ([declared(3)], True),
    ],
)
def test_only_targets_that_are_new_or_changed_are_asked_for(
    desired: list[dict[str, Any]], asked: bool, tmp_path: Path
) -> None:
    host = host_of()
    assert reasons(host, options(*desired, allow_removal=True), tmp_path) == []
    assert ("Get-Recipient" in [name for names in host.commands for name in names]) is asked


@pytest.mark.parametrize("code", ["exchange_missing", "exchange_not_loaded", "exchange_too_new", None])
@pytest.mark.parametrize(
    ("more", "target", "keys"),
    [
        ({}, "user3@nt4admins.local", ["pop3_target_unproven"]),
        ({"confirm_mailbox": True}, "user3@nt4admins.local", []),
        ({}, "USER2@nt4admins.local", []),
    ],
)
def test_where_exchange_cannot_be_asked(
    code: str | None, more: dict[str, Any], target: str, keys: list[str], tmp_path: Path
) -> None:
    host = host_of()
    for command in ("Get-Recipient", "Get-Mailbox", "Get-MailPublicFolder"):
        host.fail(command, code, "Nicht geladen.")
    assert reasons(host, options(declared(3, mailbox=target), **more), tmp_path) == keys


def test_a_domain_that_only_folds_to_another_is_not_it() -> None:
    found = recipients(Reply("", "", "", (StepResult("read_pop3_targets", "done", (recipient("a@strasse.de"),)),)))
    known = [found.judge(each).outcome for each in ("A@Strasse.DE", "smtp:a@strasse.de", "a@straße.de")]
    assert known == ["unknown", "unknown", "missing"]


def test_an_account_is_no_witness_for_itself(tmp_path: Path) -> None:
    host = host_of()
    host.fail("Get-Recipient", "exchange_missing")
    assert reasons(host, options(declared(1, mailbox="User1@nt4admins.local")), tmp_path) == ["pop3_target_unproven"]


@pytest.mark.parametrize("command", ["Get-Mailbox", "Get-MailPublicFolder"])
@pytest.mark.parametrize("kind", ["UserMailbox", "PublicFolder", "MailUniversalDistributionGroup"])
def test_where_forwarding_cannot_be_read_only_what_may_forward_is_unproven(
    command: str, kind: str, tmp_path: Path
) -> None:
    host = host_of()
    host.recipients = kinds(kind)
    host.fail(command, None, "Es gibt keine.")
    needed = {"UserMailbox": "Get-Mailbox", "PublicFolder": "Get-MailPublicFolder"}.get(kind)
    assert reasons(host, options(declared(3)), tmp_path) == (["pop3_target_unproven"] if command == needed else [])


def test_what_exchange_says_counts_whatever_is_confirmed(tmp_path: Path) -> None:
    for found, key in (([], "pop3_target_missing"), (kinds("MailContact"), "pop3_target_outside")):
        host = host_of(user2="user3@nt4admins.local")
        host.recipients = found
        assert reasons(host, options(declared(3), confirm_mailbox=True), tmp_path) == [key]


def test_the_word_that_counted_is_told(tmp_path: Path) -> None:
    for target, more, words in (
        ("user3@nt4admins.local", {"confirm_mailbox": True}, "confirm_mailbox"),
        ("user2@nt4admins.local", {}, "another account"),
    ):
        host = host_of()
        host.fail("Get-Recipient", "exchange_missing", "Kein Exchange.")
        (notice,) = run(host, options(declared(3, mailbox=target), **more), tmp_path).notices
        assert target in notice and words in notice and "Kein Exchange." in notice


@pytest.mark.parametrize(
    ("target", "found", "keys"),
    [
        ("anna", [ANNA], []),
        ("anna", [recipient("x@nt4admins.local", DisplayName="ANNA")], []),
        ("anna", [recipient("anna@nt4admins.local", "MailContact")], ["pop3_target_outside"]),
        ("Paul P.", [ANNA], ["pop3_target_missing"]),
        ("Paul P.", [recipient("paul@nt4admins.local", DisplayName="Paul P.")], []),
    ],
)
def test_a_listed_mailbox_is_found_by_its_name(target: str, found: list[Any], keys: list[str], tmp_path: Path) -> None:
    host = host_of(user1="guid-of-anna", user2="guid-of-bernd")
    host.recipients = found
    assert reasons(host, options(declared(3, mailbox=target), key_map=LISTED), tmp_path) == keys


def test_all_targets_that_will_not_do_are_told_at_once(tmp_path: Path) -> None:
    host = host_of()
    host.recipients = kinds("MailContact")
    assert sorted(reasons(host, options(declared(3), declared(4)), tmp_path)) == [
        "pop3_target_missing",
        "pop3_target_outside",
    ]
    assert host.commands == [
        ["Read-Pop3Records", "Get-ServiceList", "Get-TaskList"],
        ["Get-Recipient", "Get-Mailbox", "Get-MailPublicFolder"],
    ]
