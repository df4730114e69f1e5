# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a host's accounts file holds an option, from two looks at it: one before, one after somebody has changed that
option of one account in the SBS console. What does not follow from that beyond doubt is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import HostRefused, Reason
from ..lenient import objects
from ..messages import notice_of, reason_of
from .key_map import KNOWN_KEYS
from .mailbox import AccountKey, is_address
from .records import ACCOUNT, PORT, Line, Records
from .state import State

INTERVAL, SSL, MAILBOX = "interval", "ssl", "mailbox"
Facts = Mapping[str, Any]
"""What Get-Pop3Facts tells, all values masked; texts are compared by digests of one salt."""


@dataclass(frozen=True)
class ConsoleChange:
    """What somebody has changed in the console. ``before``: the value until then, where it is known."""

    option: str
    value: str
    account: AccountKey | None = None
    before: str | None = None


@dataclass(frozen=True)
class Learnt:
    """What follows. ``forms``: declared value -> text of the file; empty where the text is the value as it is.

    ``key`` is None where the file does not hold the option; ``elsewhere`` then tells what else has changed.
    """

    option: str
    key: str | None
    forms: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


def derive(before: Facts, after: Facts, state: State, change: ConsoleChange) -> Learnt:
    """What the two looks say of an option. Raises HostRefused where they do not say it beyond doubt."""
    where = state.where
    old, new = objects(before.get("Lines")), objects(after.get("Lines"))
    if state.records is None or [_place(each) for each in old] != [_place(each) for each in new]:
        raise HostRefused(reason_of("pop3_learn_other_lines", where))
    changed = [(was, now) for was, now in zip(old, new, strict=True) if _content(was) != _content(now)]
    # Switching SSL on may move the port with it; the port's key is known.
    if change.option == SSL and len(changed) > 1:
        changed = [each for each in changed if each[1].get("Key") != PORT]
    if not changed:
        return _elsewhere(before, after, change, where)
    if len(changed) > 1:
        raise HostRefused(
            reason_of("pop3_learn_ambiguous", where, lines=", ".join(_shown(now) for _was, now in changed))
        )
    was, now = changed[0]
    reasons = _misfits(now, state, state.records, change)
    if reasons:
        raise HostRefused(*reasons)
    return _learnt(was, now, state.records, change, where)


def _place(line: Mapping[str, Any]) -> tuple[Any, Any]:
    return line.get("Key"), line.get("Account")


def _content(line: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What of a line can be compared; a secret is none of our business, and may be written anew at any time."""
    if line.get("Key") in ("Password", "Entropy"):
        return None
    return line.get("Digest"), line.get("ValueLength"), line.get("Class")


def _shown(line: Mapping[str, Any]) -> str:
    return notice_of("pop3_learn_line", name=line.get("Key") or "-", number=line.get("Account"))


def _misfits(line: Mapping[str, Any], state: State, records: Records, change: ConsoleChange) -> list[Reason]:
    """Why a changed line cannot be that of the option."""
    key, number = line.get("Key"), line.get("Account")
    marker = key == ACCOUNT and change.option != MAILBOX
    if not key or key in KNOWN_KEYS or marker:
        return [reason_of("pop3_learn_known_key", state.where, line=_shown(line), option=change.option)]
    if change.option == INTERVAL:
        return []
    if not isinstance(number, int) or not 0 <= number < len(records.blocks) or records.blocks[number].kind != ACCOUNT:
        return [reason_of("pop3_learn_no_account", state.where, line=_shown(line))]
    account = next(each for each in state.accounts if each.block.index == number)
    if change.account and account.identity.key != change.account.key:
        found = str(account.identity)
        return [reason_of("pop3_learn_other_account", state.where, found=found, wanted=str(change.account))]
    return []


def _learnt(
    was: Mapping[str, Any], now: Mapping[str, Any], records: Records, change: ConsoleChange, where: str
) -> Learnt:
    line = _line(now, records)
    if line is None or line.key is None:
        raise HostRefused(reason_of("pop3_learn_other_lines", where))
    forms = {change.value: line.value}
    earlier = was.get("Value")
    before = change.before or ({"true": "false", "false": "true"}.get(change.value) if change.option == SSL else None)
    if before and isinstance(earlier, str) and earlier.strip() != line.value:
        forms[before] = earlier.strip()
    if change.option == MAILBOX and forms == {change.value: change.value} and is_address(change.value):
        forms = {}
    evidence = [notice_of("pop3_learn_evidence", option=change.option, value=change.value, line=_shown(now))]
    return Learnt(change.option, line.key, forms, tuple(evidence))


def _line(reported: Mapping[str, Any], records: Records) -> Line | None:
    """The line of the file that the facts speak of, if there is just one."""
    number = reported.get("Account")
    inside: Sequence[Line] = records.rest
    if isinstance(number, int) and 0 <= number < len(records.blocks):
        inside = records.blocks[number].lines
    found = [line for line in inside if line.key == reported.get("Key")]
    return found[0] if len(found) == 1 else None


def _elsewhere(before: Facts, after: Facts, change: ConsoleChange, where: str) -> Learnt:
    """The file is the same: the option is not in it. What else has changed says where to look."""
    found = (*_changed_registry(before, after), *_changed_files(before, after))
    if change.option != INTERVAL:
        told = "; ".join(found) or notice_of("pop3_learn_nothing")
        raise HostRefused(reason_of("pop3_learn_not_in_file", where, option=change.option, found=told))
    return Learnt(change.option, None, elsewhere=found)


def _changed_registry(before: Facts, after: Facts) -> tuple[str, ...]:
    old, new = (
        {(str(each.get("Path")), str(each.get("Name"))): each.get("Value") for each in objects(facts.get("Registry"))}
        for facts in (before, after)
    )
    return tuple(
        f"{path}, {name}: {old.get((path, name))} -> {new.get((path, name))}"
        for path, name in sorted({*old, *new})
        if old.get((path, name)) != new.get((path, name))
    )


def _changed_files(before: Facts, after: Facts) -> tuple[str, ...]:
    old, new = (
        {
            (str(folder.get("Path")), str(file.get("Name"))): (file.get("Length"), file.get("LastWriteTime"))
            for folder in objects(facts.get("Folders"))
            for file in objects(folder.get("Files"))
        }
        for facts in (before, after)
    )
    return tuple(
        notice_of("pop3_learn_file", path=f"{path}\\{name}")
        for path, name in sorted({*old, *new})
        if old.get((path, name)) != new.get((path, name))
    )
