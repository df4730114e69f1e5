# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may not be done to a host, whatever the declaration says: the connector deletes at the provider what it has
fetched."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..errors import Reason
from ..mailboxes.logins import blanks_told
from ..messages import notice_of, reason_of
from .desired import Desired
from .diff import CHANGE, CREATE, REMOVE, Diff, Work
from .proof import CLEAR, security_of, ssl_of
from .records import ACCOUNT, ENTROPY, PASSWORD, SMTP_SERVER, Records
from .state import HostAccount, State, entropy_of


def refusals(state: State, desired: Desired, diff: Diff) -> list[Reason]:
    """Every reason against a diff."""
    found = [*_of_equals(state, diff), *_of_both(state, diff), *_of_collectors(state, desired, diff)]
    if not diff.works:
        return found
    return [
        *found,
        *_of_file(state),
        *_of_removals(state, desired, diff),
        *(reason for each in diff.of_kind(CHANGE) for reason in _of_change(state, each)),
        *_of_mailboxes(state, diff),
        *_of_proofs(state, desired, diff),
    ]


def _of_file(state: State) -> Iterator[Reason]:
    if state.records is None:
        yield reason_of("pop3_file_missing", state.where, host_says=state.path)
    elif state.records.cut:
        yield reason_of("pop3_file_cut", state.where)
    if not state.service.exists:
        yield reason_of("pop3_service_missing", state.where, host_says=state.service.name)


def _of_equals(state: State, diff: Diff) -> Iterator[Reason]:
    for equals in diff.equals:
        names = ", ".join(str(each.identity) for each in equals)
        yield reason_of("pop3_equal_accounts", state.where, accounts=names)


def _of_both(state: State, diff: Diff) -> Iterator[Reason]:
    for each in diff.both:
        yield reason_of("pop3_replaced_still_there", state.where, account=str(each.identity), old=str(each.replaces))


def _of_removals(state: State, desired: Desired, diff: Diff) -> Iterator[Reason]:
    removed = [each.host for each in diff.of_kind(REMOVE) if each.host]
    if removed and not desired.allow_removal:
        yield reason_of(
            "pop3_removal_not_allowed", state.where, accounts=", ".join(str(each.identity) for each in removed)
        )
    for account in removed:
        if account.block.begin is None:
            yield reason_of("pop3_begin_unknown", f"{state.where}, {account.identity}")
    if _takes_entropy_away(state, removed):
        yield reason_of("pop3_entropy_shared", state.where)


def _takes_entropy_away(state: State, removed: Sequence[HostAccount]) -> bool:
    """Whether a password that stays is encrypted with the entropy of an account that goes."""
    spans = sorted((lines[0].offset, each.block.after) for each in removed if (lines := each.block.own_lines))
    gone = {each.offset for each in state.secrets if _within(spans, each.offset)}
    return any(
        state.secrets[each.entropy].offset in gone
        for each in state.secrets
        if each.key == PASSWORD and each.length and each.entropy is not None and each.offset not in gone
    )


def _within(spans: Sequence[tuple[int, int]], offset: int) -> bool:
    at = bisect_right(spans, offset, key=lambda span: span[0])
    return at > 0 and offset < spans[at - 1][1]


def _of_change(state: State, work: Work) -> Iterator[Reason]:
    where = f"{state.where}, {work.name}"
    if work.host is None:
        return
    for key in work.texts or {}:
        if work.host.block.line(key) is None:
            yield reason_of("pop3_key_missing", where, name=key)
    if work.password and work.host.password is None:
        yield reason_of("pop3_key_missing", where, name=PASSWORD)
    elif work.password and entropy_of(state.secrets, work.host.password) is None:
        yield reason_of(
            "pop3_entropy_missing", where, host_says=f"no {ENTROPY} line above the account, or an empty one"
        )


def _of_mailboxes(state: State, diff: Diff) -> Iterator[Reason]:
    """Two accounts on one mailbox of a provider, of which this run would make or move one."""
    by_mailbox: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for each in (*diff.works, *diff.kept):
        if each.kind != REMOVE:
            by_mailbox[each.provider_mailbox].append(each)
    for works in by_mailbox.values():
        for each in works if len(works) > 1 else ():
            if each.kind == CREATE or _moves(each):
                others = ", ".join(str(other.identity) for other in works if other is not each)
                yield reason_of("pop3_fetched_already", f"{state.where}, {each.identity}", others=others)


def _moves(work: Work) -> bool:
    return work.kind == CHANGE and any(each.option in ("server", "port", "username") for each in work.changes)


def _of_collectors(state: State, desired: Desired, diff: Diff) -> Iterator[Reason]:
    """Another collector beside accounts that are fetched: one that is found later was not there when somebody
    decided."""
    fetched = _fetched(desired, diff)
    if state.collectors and fetched and not desired.confirm_no_other_collector:
        services = ", ".join(map(str, state.collectors))
        yield reason_of("pop3_other_collector", state.where, services=services, accounts=", ".join(fetched))


def _staying(diff: Diff) -> list[Work]:
    return [each for each in (*diff.works, *diff.kept) if each.kind != REMOVE]


def _fetched(desired: Desired, diff: Diff) -> list[str]:
    """The accounts that stay or come, unless neither the service nor a task is to fetch them."""
    by_task = desired.fetch_task is not None and desired.fetch_task.state == "present"
    stopped = desired.service_state == "stopped" and not by_task
    return [] if stopped else [str(each.identity) for each in _staying(diff)]


def _of_proofs(state: State, desired: Desired, diff: Diff) -> Iterator[Reason]:
    """Logins that cannot be proven, since their password is not declared or nobody has said that it may be read on its
    way; a new account cannot do without a password at all."""
    for each in diff.works:
        missing = each.wanted is not None and each.wanted.password is None
        if missing and each.kind == CREATE:
            yield reason_of("pop3_password_missing", f"{state.where}, {each.identity}")
        elif missing and each.logs_in_anew and desired.validate_logins:
            yield reason_of("pop3_proof_without_password", f"{state.where}, {each.identity}")
        elif desired.validate_logins and not desired.confirm_clear_text and _goes_in_the_clear(desired, each):
            known = ssl_of(each, desired.key_map) is False
            why = notice_of("pop3_ssl_false" if known else "pop3_ssl_unknown")
            yield reason_of("pop3_clear_text", f"{state.where}, {each.identity}", why=why)


def _goes_in_the_clear(desired: Desired, work: Work) -> bool:
    """Whether a login that is new is one that anybody on its way can read, as far as is known."""
    return work.logs_in_anew and work.wanted is not None and security_of(work, desired.key_map) == CLEAR


def _smtp_each(records: Records) -> bool:
    """Whether each account of the file has a SmtpServer block right behind it."""
    behind = zip(records.blocks, (*records.blocks, None)[1:], strict=True)
    return all(after is not None and after.kind == SMTP_SERVER for block, after in behind if block.kind == ACCOUNT)


def _is_foreign(work: Work) -> bool:
    """Whether a stored password that nobody declares does not open on this computer."""
    undeclared = work.wanted is None or work.wanted.password is None
    secret = work.host.password if work.host else None
    return undeclared and secret is not None and secret.readable is False


def notices(state: State, desired: Desired, diff: Diff) -> Iterator[str]:
    """What an administrator should know of a host, though it is no reason against the declaration."""
    staying = _staying(diff)
    seen: dict[tuple[str, str], str] = {}
    for each in staying:
        other = seen.setdefault(each.provider_mailbox, str(each.identity))
        if other != str(each.identity):
            yield notice_of("pop3_mailbox_shared", account=str(each.identity), other=other)
    if diff.of_kind(CREATE) and state.records and _smtp_each(state.records):
        yield notice_of("pop3_smtp_each", accounts=", ".join(each.name for each in diff.of_kind(CREATE)))
    unproven = [str(each.identity) for each in diff.works if each.logs_in_anew]
    if unproven and not desired.validate_logins:
        yield notice_of("pop3_not_validated", accounts=", ".join(unproven))
    clear = [str(each.identity) for each in diff.works if _goes_in_the_clear(desired, each)]
    if clear:
        yield notice_of("pop3_clear_text_told", accounts=", ".join(clear))
    for each in diff.works:
        if each.password and each.wanted:
            yield from blanks_told(each.wanted.identity.username, each.wanted.password)
    if diff.of_kind(REMOVE) and not staying:
        yield notice_of("pop3_no_account_left")
    fetched = _fetched(desired, diff)
    if state.collectors and (desired.confirm_no_other_collector or not fetched):
        key = "pop3_collector_confirmed" if fetched else "pop3_collector_alone"
        yield notice_of(key, services=", ".join(map(str, state.collectors)))
    foreign = [each.name for each in staying if each.host and _is_foreign(each)]
    if foreign:
        yield notice_of("pop3_password_foreign", accounts=", ".join(foreign))
    undeclared = [str(each.identity) for each in diff.kept if each.wanted is None]
    if undeclared and desired.accounts:
        yield notice_of("pop3_undeclared_kept", accounts=", ".join(undeclared))
