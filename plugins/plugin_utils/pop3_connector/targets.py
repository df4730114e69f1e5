# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where fetched mail goes: whether a target is a recipient of this Exchange, and whether its mail stays here.

The connector deletes at the provider what it has fetched, so a slip of the pen in a target loses mail, and a target
that leads outside sends it round for ever. All recipients are read at once (an SBS has 75 users at most): what of a
name the cmdlets would take for a pattern, an alias or a part is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..address_rewrite.recipients import SYSTEM, SYSTEM_DETAILS
from ..lenient import texts
from ..mailboxes.system import is_system_address
from ..messages import notice_of
from ..request import DONE, Reply, Step

HERE, MISSING, OUTSIDE, EXCHANGES, UNKNOWN = "here", "missing", "outside", "exchanges", "unknown"
_NAMES = ("Identity", "DistinguishedName", "Guid", "Name", "Alias", "DisplayName")
_KIND = ("RecipientType", "RecipientTypeDetails", "EmailAddresses", "ExternalEmailAddress")
_SMTP = "smtp:"
_FORWARD = ("Identity", "ForwardingAddress", "ForwardingSmtpAddress")
RECIPIENTS = Step("read_pop3_targets", "Get-Recipient", {}, (*_NAMES, *_KIND), always=True)
FORWARDING = {
    "UserMailbox": Step("read_mailboxes", "Get-Mailbox", {}, _FORWARD, always=True),
    "PublicFolder": Step("read_public_folders", "Get-MailPublicFolder", {}, _FORWARD, always=True),
}
"""By RecipientType what tells whether one forwards its mail."""
STEPS = (RECIPIENTS, *FORWARDING.values())
_HERE = frozenset(
    {
        *FORWARDING,
        "MailUniversalDistributionGroup",
        "MailUniversalSecurityGroup",
        "MailNonUniversalGroup",
        "DynamicDistributionGroup",
    }
)
"""The kinds of recipients whose mail stays here; those of the others (MailContact, MailUser) have it elsewhere."""


@dataclass(frozen=True)
class TargetVerdict:
    """What is known of a target. ``text``: the way outside, or why it is not known."""

    outcome: str
    text: str = ""


@dataclass(frozen=True)
class Recipients:
    """The recipients of a host by everything that each is called, and by identity where it forwards its mail.

    Addresses stand there with their scheme: what somebody is called may look like the address of somebody else.
    ``problems``: the host's words by the id of each step that could not be read.
    """

    by_name: Mapping[str, Mapping[str, Any]]
    forwards: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def missing(self, addresses: Iterable[str]) -> tuple[str, ...] | None:
        """Those of these addresses that nobody here has; None where none is known to be missing, and some could not be
        judged."""
        found = {each: self.judge(each).outcome for each in addresses}
        missing = tuple(each for each, outcome in found.items() if outcome == MISSING)
        return None if not missing and UNKNOWN in found.values() else missing

    def judge(self, target: str) -> TargetVerdict:
        """Whether mail for a target has a place here."""
        if problem := self.problems.get(RECIPIENTS.id):
            return TargetVerdict(UNKNOWN, problem)
        name, seen = _address(target) if "@" in target else target, set()
        while found := self.by_name.get(_key(name)):
            identity, kind = str(found.get("Identity")), str(found.get("RecipientType"))
            if _is_exchanges(found):
                return TargetVerdict(EXCHANGES, str(found.get("RecipientTypeDetails") or kind))
            if kind not in _HERE:
                to = found.get("ExternalEmailAddress") or "-"
                return TargetVerdict(OUTSIDE, notice_of("pop3_target_kind", name=identity, kind=kind, to=to))
            if kind in FORWARDING and (problem := self.problems.get(FORWARDING[kind].id)):
                return TargetVerdict(UNKNOWN, problem)
            if _key(identity) in seen:
                return TargetVerdict(OUTSIDE, notice_of("pop3_target_endless"))
            seen.add(_key(identity))
            onward = self.forwards.get(_key(identity))
            if onward is None:
                return TargetVerdict(HERE)
            before, name = identity, onward
        if not seen:
            return TargetVerdict(MISSING)
        # An address that nobody here has is somebody else's; of any other name it is not known whose it is.
        is_address = _key(name).startswith(_SMTP)
        key = "pop3_target_forwards" if is_address else "pop3_target_unknown"
        return TargetVerdict(OUTSIDE if is_address else UNKNOWN, notice_of(key, name=before, to=_plain(name)))


def recipients(reply: Reply) -> Recipients:
    """The recipients of a reply to STEPS, whatever of it could not be read."""
    results = {step.id: reply.result(step.id) for step in STEPS}
    problems = {
        key: _problem(result.error.message if result.error else result.status)
        for key, result in results.items()
        if result.status != DONE
    }
    rows = results[RECIPIENTS.id].output
    # What is somebody's name for sure (an identity) before what may be anybody's.
    called = [(name, row) for row in rows for name in texts(row.get("EmailAddresses"))]
    called += [(str(row[name]), row) for name in _NAMES for row in rows if row.get(name)]
    by_name: dict[str, Mapping[str, Any]] = {}
    for name, row in called:
        by_name.setdefault(_key(name), row)
    return Recipients(by_name, dict(_forwards(results[step.id].output for step in FORWARDING.values())), problems)


def unread(problem: str) -> Recipients:
    """Where nothing at all could be read; ``problem`` are the host's words."""
    return Recipients({}, problems={RECIPIENTS.id: _problem(problem)})


def _problem(words: str) -> str:
    return notice_of("pop3_target_unread", problem=words)


def _forwards(outputs: Iterable[Iterable[Mapping[str, Any]]]) -> Iterable[tuple[str, str]]:
    for output in outputs:
        for row in output:
            recipient, address = row.get("ForwardingAddress"), row.get("ForwardingSmtpAddress")
            if recipient or address:
                yield _key(str(row.get("Identity"))), str(recipient) if recipient else _address(str(address))


def _is_exchanges(row: Mapping[str, Any]) -> bool:
    """Whether it is Exchange's own: it takes no mail from outside, or nobody reads what it takes."""
    kinds = row.get("RecipientType") in SYSTEM or row.get("RecipientTypeDetails") in SYSTEM_DETAILS
    return kinds or any(is_system_address(str(row.get(each))) for each in ("Name", "Alias"))


def _plain(name: str) -> str:
    return name[len(_SMTP) :] if name.lower().startswith(_SMTP) else name


def _address(text: str) -> str:
    return _SMTP + _plain(text.strip())


def _key(name: str) -> str:
    """No more than capitals aside: casefold would make one domain of two."""
    return name.strip().lower()
