# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared accounts of the POP3 connector, one by one and against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputRefused, Reason, collect, refuse
from ..mailboxes.logins import NAME, PASSWORD, REFUSED
from ..mailboxes.providers import Provider, find_provider, min_poll_minutes, provider_of_pop3
from ..messages import reason_of
from ..options.kinds import ListOf, Raw, Record
from ..options.option import Option
from ..options.parse import MISFIT
from ..options.spelling import Spelling, Words, guarded, texts_of
from ..options.values import Boolean, Choice, HostName, Integer
from .key_map import LOGONS, KeyMap, LineText
from .mailbox import AccountKey, is_address, provider_mailbox

IDENTITY = (
    Option("server", HostName(), "The POP3 server."),
    Option("port", Integer(1, 65535), "Its port."),
    Option("username", NAME, "The user name that the account logs in with.", required=True),
)
REPLACED = Record(*IDENTITY, words=Words(shape="pop3_account_no_mapping"))
ACCOUNT = Record(
    Option(
        "provider",
        Raw(),
        "The mail provider, which fills C(server), C(port) and C(ssl); without it the first two are needed. The key of"
        " one in the packaged table, such as V(strato), or a custom one as a mapping with C(name), C(pop3_host) and,"
        " if necessary, C(pop3_port), C(pop3_ssl) and C(min_poll_minutes).",
    ),
    *IDENTITY,
    Option("password", PASSWORD, "The mailbox's password, from ansible-vault; needed for a new account.", secret=True),
    Option(
        "mailbox",
        LineText(),
        "The mailbox, distribution group or public folder that gets the mail: one plain address, or one of the values"
        " that the key map lists. Needs the key map.",
    ),
    Option("ssl", Boolean(), "Whether the connection uses implicit TLS; needs the key map."),
    Option("logon", Choice(*LOGONS), "How the account logs in; needs the key map."),
    Option("state", Choice("present", "absent"), "Whether the account exists.", default="present"),
    Option(
        "replaces",
        REPLACED,
        "An account on the host that becomes this one, instead of a new one beside it.",
    ),
    words=Words(unknown="pop3_key_unknown_option", shape="pop3_account_no_mapping"),
)
ACCOUNTS = ListOf(ACCOUNT, words=Words(shape="pop3_no_mapping", expected="a list of accounts"))


@dataclass(frozen=True)
class DesiredAccount:
    """One checked account. ``options`` holds the mapped options that are to be written, as the key map's values.

    ``ssl``: what is known of the connection, the provider's preset included, whether or not the file can hold it.
    ``secret``: the name under which steps refer to the password. ``provider``: a key of the table, if there is one.
    """

    identity: AccountKey
    secret: str
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    ssl: bool | None = None
    state: str = "present"
    replaces: AccountKey | None = None
    provider: str | None = None
    min_poll_minutes: int | None = None

    @property
    def provider_mailbox(self) -> tuple[str, str]:
        """The mailbox that it fetches."""
        return provider_mailbox(self.identity.server, self.identity.username, self.provider)


def parse_accounts(declared: Any, key_map: KeyMap, where: str | Spelling) -> tuple[DesiredAccount, ...]:
    """The accounts of an inventory. Raises InputRefused with every reason."""
    reasons: list[Reason] = []
    at = Spelling.of(where)
    told = () if declared is None else ACCOUNTS.read(declared, at, "accounts", reasons)
    if told is MISFIT:
        raise InputRefused(*reasons)
    accounts: list[DesiredAccount] = []
    for number, (given, each) in enumerate(zip(declared or (), told, strict=True)):
        own: list[Reason] = []
        place = at.inside(f"accounts[{number}]").where
        account = _account(own, given, each, key_map, f"pop3_{number}", place) if each is not None else None
        # One that is wrong by itself is not held against the others.
        accounts += [account] if account and not own and not {"", REFUSED} & {*account.identity} else []
        reasons += own
    reasons += _twice(accounts, at.inside("accounts").where)
    refuse(reasons)
    return tuple(accounts)


def _account(
    reasons: list[Reason],
    declared: Mapping[str, Any],
    told: Mapping[str, Any],
    key_map: KeyMap,
    secret: str,
    where: str,
) -> DesiredAccount:
    """An account of what was ``told``, as its form has been read; ``declared`` is that before."""
    provider = _provider(reasons, told, where)
    preset = {"server": provider.pop3_host, "port": provider.pop3_port} if provider else {}
    identity = _identity(reasons, declared, {**preset, **told}, where)
    given, old = told.get("replaces"), None
    if given is not None:
        old = _identity(reasons, declared["replaces"], given, f"{where}.replaces")
        if told["state"] == "absent" or old.key == identity.key:
            reasons.append(reason_of("pop3_replaces_unfit", where, old=str(old)))
    if "password" not in told and declared.get("password") is not None:
        reasons.append(reason_of("password_missing", where))
    ssl = told.get("ssl", provider.pop3_ssl if provider else None)
    return DesiredAccount(
        identity,
        secret,
        told.get("password"),
        _options(reasons, {**told, "ssl": ssl}, declared, key_map, where),
        ssl,
        told["state"],
        old,
        provider.key if provider else provider_of_pop3(identity.server),
        _min_poll(provider, identity.server),
    )


def _identity(reasons: list[Reason], declared: Mapping[str, Any], given: Mapping[str, Any], where: str) -> AccountKey:
    """Which account it is; what was declared and does not fit is not missing as well."""
    parts = {name: given.get(name) for name in AccountKey._fields}
    there = {name for name in ("server", "port") if declared.get(name) not in (None, "")}
    reasons += [
        reason_of("pop3_part_missing", where, option=name)
        for name, value in parts.items()
        if value in (None, "") and name not in there
    ]
    return AccountKey(*(str(value or "") for value in parts.values()))


def _provider(reasons: list[Reason], given: Mapping[str, Any], where: str) -> Provider | None:
    """The provider, of which no text is repeated, since it stands beside a password."""
    if "provider" not in given:
        return None
    at = Spelling(f"{where}, provider", guarded=True).beside([given.get("password")])
    found: Provider | None = collect(reasons, find_provider, given["provider"], at, "pop3_host")
    return found


def _min_poll(provider: Provider | None, server: str) -> int | None:
    own = provider.min_poll_minutes if provider else None
    return own or min_poll_minutes(provider_of_pop3(server))


def _options(
    reasons: list[Reason], given: Mapping[str, Any], declared: Mapping[str, Any], key_map: KeyMap, where: str
) -> dict[str, str]:
    """The mapped options to write. What only the provider's preset says of SSL is written where there is a key."""
    ssl = None if given["ssl"] is None else str(given["ssl"]).lower()
    found = {"mailbox": given.get("mailbox"), "ssl": ssl, "logon": given.get("logon")}
    wanted = {option: value for option, value in found.items() if value is not None}
    for option, value in list(wanted.items()):
        mapped = key_map.options.get(option)
        seen = value if option != "mailbox" or is_address(value) else guarded(value, texts_of([given.get("password")]))
        if mapped is None and declared.get(option) is None:
            del wanted[option]
        elif mapped is None:
            reasons.append(reason_of("pop3_key_not_known", where, option=option))
        elif mapped.form(value) is None:
            reasons.append(reason_of("pop3_form_not_known", where, option=option, value=seen))
        elif option == "mailbox" and mapped.forms is None and not is_address(value):
            reasons.append(reason_of("pop3_mailbox_unfit", where, value=seen))
    return wanted


def _twice(accounts: Sequence[DesiredAccount], where: str) -> list[Reason]:
    """Accounts that are declared twice, that fetch one mailbox, or that replace the same one."""
    by_identity: dict[Any, list[str]] = defaultdict(list)
    by_mailbox: dict[Any, list[str]] = defaultdict(list)
    by_replaced: dict[Any, list[str]] = defaultdict(list)
    for each in accounts:
        by_identity[each.identity.key].append(str(each.identity))
        if each.state == "present":
            by_mailbox[each.provider_mailbox].append(str(each.identity))
        if each.replaces:
            by_replaced[each.replaces.key].append(str(each.replaces))
    reasons = [
        reason_of("pop3_declared_twice", where, account=names[0]) for names in by_identity.values() if len(names) > 1
    ]
    reasons += [
        reason_of("pop3_same_mailbox", where, accounts=", ".join(names))
        for names in by_mailbox.values()
        if len({name.lower() for name in names}) > 1
    ]
    reasons += [
        reason_of("pop3_replaced_twice", where, account=names[0]) for names in by_replaced.values() if len(names) > 1
    ]
    kept = {each.identity.key for each in accounts}
    reasons += [
        reason_of("pop3_replaced_declared", where, account=str(each.replaces))
        for each in accounts
        if each.replaces and each.replaces.key in kept
    ]
    return reasons
