# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new account as a copy of one that the SBS console has made: the same keys, order, spacing and line ends, with every
value that is known replaced, and none taken over that nobody has allowed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import Reason
from ..messages import reason_of
from .declared_accounts import DesiredAccount
from .edits import Edit, copy_edit, password_edit, text_edit
from .key_map import KNOWN_KEYS, KeyMap
from .records import ACCOUNT, END, ENTROPY, PASSWORD, PORT, SERVER, USERNAME, Block, Line, Records
from .state import HostAccount, Secret, State, secret_offset


@dataclass(frozen=True)
class AccountTemplate:
    """The account that new ones are made after, and the entropy with which their passwords are encrypted."""

    account: HostAccount
    entropy: Secret

    @property
    def brings_entropy(self) -> bool:
        """Whether each copy has an entropy line of its own."""
        return any(line.key == ENTROPY for line in self.account.block.own_lines)


def find_template(
    state: State, wanted: Sequence[DesiredAccount], key_map: KeyMap, removed: Sequence[HostAccount]
) -> AccountTemplate | list[Reason]:
    """The account on the host after which these are made, or every reason why there is none: those of the account that
    comes nearest. The first of the file is taken last, since the file's head stands before it."""
    if not state.accounts:
        return [reason_of("pop3_nothing_to_clone", state.where)]
    candidates = [*state.accounts[1:], state.accounts[0]]
    judged = [(_misfits(each, state, wanted, key_map), each) for each in candidates]
    reasons, account = min(judged, key=lambda each: len(each[0]))
    if reasons:
        return reasons
    entropy = _entropy(state, account, removed)
    if entropy is None:
        return [reason_of("pop3_entropy_missing", state.where, host_says="no Entropy line above the new account")]
    return AccountTemplate(account, entropy)


def _misfits(account: HostAccount, state: State, wanted: Sequence[DesiredAccount], key_map: KeyMap) -> list[Reason]:
    """Why no account can be made after this one."""
    where, block = f"{state.where}, {account.identity}", account.block
    if block.begin is None:
        return [reason_of("pop3_begin_unknown", where)]
    needed = [SERVER, PORT, USERNAME, PASSWORD]
    needed += [key_map.options[option].key for option in sorted({key for each in wanted for key in each.options})]
    reasons = [reason_of("pop3_key_missing", where, name=key) for key in needed if block.line(key) is None]
    foreign = sorted({name for line in block.own_lines if (name := _unknown(line, key_map))})
    reasons += [reason_of("pop3_clone_unknown_key", where, name=key) for key in foreign]
    return reasons


def _unknown(line: Line, key_map: KeyMap) -> str | None:
    """What a line is called if nobody knows whether its value may be had twice."""
    name = line.text if line.key is None else line.key
    harmless = name in (END, *KNOWN_KEYS) or not line.text.strip() or (name == ACCOUNT and not line.value)
    return None if harmless or key_map.option_of(name) or name in key_map.copy_as_is else name


def undeclared(account: HostAccount, wanted: DesiredAccount, key_map: KeyMap, where: str) -> list[Reason]:
    """The mapped options of a template that a new account does not declare, and so would take over silently."""
    place = f"{where}, {wanted.identity}"
    if "mailbox" not in key_map.options:
        return [reason_of("pop3_key_not_known", place, option="mailbox")]
    reasons = [] if "mailbox" in wanted.options else [reason_of("pop3_mailbox_missing", place)]
    return reasons + [
        reason_of("pop3_clone_undeclared", place, option=option, account=str(account.identity), name=mapped.key)
        for option, mapped in key_map.options.items()
        if option not in ("mailbox", *wanted.options)
        and mapped.key not in key_map.copy_as_is
        and account.block.lines_of(mapped.key)
    ]


def _entropy(state: State, account: HostAccount, removed: Sequence[HostAccount]) -> Secret | None:
    """The last entropy above the password of a copy: its own, else the last one before the place of new accounts that
    stays in the file."""
    password = account.block.line(PASSWORD)
    own = [line.offset for line in account.block.own_lines if line.key == ENTROPY]
    above = [each for each in state.secrets if each.key == ENTROPY]
    if own and password and own[0] < password.offset:
        above = [each for each in above if own[0] < each.offset < password.offset]
    else:
        gone = [each.block for each in removed]
        above = [each for each in above if each.offset < place_of_new(state) and not any(_holds(b, each) for b in gone)]
    return above[-1] if above and above[-1].length else None


def _holds(block: Block, secret: Secret) -> bool:
    """Whether a secret stands in a record itself, not in the head before it."""
    lines = block.own_lines
    return bool(lines) and lines[0].offset <= secret.offset < block.after


def place_of_new(state: State) -> int:
    """The offset at which new accounts are inserted: before the last one. What stands behind it stays there, be it a
    SmtpServer block of its own or one of the whole file, which nobody can tell apart."""
    last = state.accounts[-1].block
    return (last.own_lines or last.lines)[0].offset


def clone_edits(
    state: State, records: Records, template: AccountTemplate, wanted: DesiredAccount, key_map: KeyMap
) -> list[Edit]:
    """The edits that insert one new account, its line end aside. Raises InputRefused for an unfit text."""
    place, where = place_of_new(state), f"{state.where}, {wanted.identity}"
    block = template.account.block
    cursor, edits = block.own_lines[0].offset, []
    for line, text in _written(block, wanted, key_map):
        if text is None:
            secret = template.account.password
            begin = secret_offset(line, records)
            end = begin + (secret.length if secret else 0)
            edit = password_edit(place, 0, wanted.secret, template.entropy)
        else:
            begin, end = line.value_offset, line.value_offset + line.value_length
            edit = text_edit(place, 0, text, records.encoding, where)
        edits += [copy_edit(place, cursor, begin), edit]
        cursor = end
    last = block.lines[-1]
    # The end of the last line is written beside: the very last line of the file may have none to copy.
    return [*edits, copy_edit(place, cursor, last.after - len(last.end.encode(records.encoding.name)))]


def _written(block: Block, wanted: DesiredAccount, key_map: KeyMap) -> Iterator[tuple[Line, str | None]]:
    """The lines of a copy whose value is replaced, with the new text; None: the password."""
    texts: dict[str, str | None] = {
        SERVER: wanted.identity.server,
        PORT: wanted.identity.port,
        USERNAME: wanted.identity.username,
        PASSWORD: None,
    }
    for option, value in wanted.options.items():
        texts[key_map.options[option].key] = key_map.options[option].form(value)
    for line in block.own_lines:
        if line.key in texts:
            yield line, texts[line.key]


def joined(state: State, records: Records, template: AccountTemplate, clones: Sequence[Sequence[Edit]]) -> list[Edit]:
    """New accounts one behind the other, each with the line end that the template's lines have."""
    end = next((line.end for line in template.account.block.lines if line.end), "\r\n")
    written = text_edit(place_of_new(state), 0, end, records.encoding, state.where)
    return [edit for clone in clones for edit in (*clone, written)]
