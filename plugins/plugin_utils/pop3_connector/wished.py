# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declared accounts of the POP3 connector, one by one and against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..controls import convert, unknown_options
from ..errors import Reason, WishRefused, collect, refuse
from ..logins import NAME, PASSWORD, parse_texts
from ..messages import say
from ..providers import Provider, find_provider, min_poll_minutes, provider_of_pop3
from ..values import Boolean, Choice, HostName, Integer
from .key_map import LOGONS, KeyMap, one_line
from .mailbox import Identity, is_address, provider_mailbox

ACCOUNT_KEYS: dict[str, tuple[str, str]] = {
    "provider": (
        "raw",
        "The mail provider, which fills C(server), C(port) and C(ssl): the key of one in the packaged table, such as"
        " V(strato), or a description of another as a mapping with C(name), C(pop3_host) and, if need be, C(pop3_port),"
        " C(pop3_ssl) and C(min_poll_minutes).",
    ),
    "server": ("str", "The POP3 server; needed where no C(provider) fills it."),
    "port": ("int", "Its port; needed where no C(provider) fills it."),
    "username": ("str", "The name with which the account logs in. Required."),
    "password": ("str", "The mailbox's password, from ansible-vault; needed for a new account."),
    "mailbox": (
        "str",
        "The mailbox, distribution group or public folder that gets the mail: one plain address, or one of the values"
        " that the key map lists. Needs the key map.",
    ),
    "ssl": ("bool", "Whether the connection is TLS from the first byte; needs the key map."),
    "logon": ("str", "V(basic), V(spa) or V(apop); needs the key map."),
    "state": ("str", "V(present) or V(absent); by default V(present)."),
    "replaces": (
        "dict",
        "C(server), C(port) and C(username) of an account on the host that becomes this one, instead of a new one"
        " beside it.",
    ),
}
_IDENTITY = ("server", "port", "username")


@dataclass(frozen=True)
class WishedAccount:
    """One checked account. ``options`` holds the mapped options that are to be written, as the key map's values.

    ``ssl``: what is known of the connection, the provider's preset included, whether or not the file can hold it.
    ``secret``: the name under which steps refer to the password. ``provider``: a key of the table, if there is one.
    """

    identity: Identity
    secret: str
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    ssl: bool | None = None
    state: str = "present"
    replaces: Identity | None = None
    provider: str | None = None
    min_poll_minutes: int | None = None

    @property
    def provider_mailbox(self) -> tuple[str, str]:
        """The mailbox that it fetches."""
        return provider_mailbox(self.identity.server, self.identity.username, self.provider)


def parse_accounts(declared: Any, key_map: KeyMap, where: str) -> tuple[WishedAccount, ...]:
    """The accounts of an inventory. Raises WishRefused with every reason."""
    if declared is None:
        return ()
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        raise WishRefused(say("pop3_no_mapping", where, type=type(declared).__name__, expected="a list of accounts"))
    reasons: list[Reason] = []
    parsed = [
        collect(reasons, _account, each, key_map, f"pop3_{at}", f"{where}[{at}]") for at, each in enumerate(declared)
    ]
    accounts = [each for each in parsed if each is not None]
    reasons += _twice(accounts, where)
    refuse(reasons)
    return tuple(accounts)


def _account(declared: Any, key_map: KeyMap, secret: str, where: str) -> WishedAccount:
    if not isinstance(declared, Mapping):
        raise WishRefused(say("pop3_account_no_mapping", where, type=type(declared).__name__))
    known = ", ".join(ACCOUNT_KEYS)
    reasons = [
        say("pop3_key_unknown_option", where, option=str(key), known=known)
        for key in declared
        if key not in ACCOUNT_KEYS
    ]
    provider = _provider(reasons, declared.get("provider"), where)
    identity = _identity(reasons, _filled(declared, provider), where)
    replaced = declared.get("replaces")
    if replaced is not None and not isinstance(replaced, Mapping):
        reasons.append(say("pop3_account_no_mapping", f"{where}, replaces", type=type(replaced).__name__))
    old = _identity(reasons, replaced, f"{where}, replaces") if isinstance(replaced, Mapping) else None
    state = convert(reasons, where, "state", Choice("present", "absent"), declared.get("state"), "present")
    ssl = convert(reasons, where, "ssl", Boolean(), declared.get("ssl"), provider.pop3_ssl if provider else None)
    account = WishedAccount(
        identity,
        secret,
        _password(reasons, declared, where),
        _options(reasons, declared, key_map, ssl, where),
        ssl,
        str(state),
        old,
        provider.key if provider else provider_of_pop3(identity.server),
        _min_poll(provider, identity.server),
    )
    if old and (state == "absent" or old.key == identity.key):
        reasons.append(say("pop3_replaces_unfit", where, old=str(old)))
    refuse(reasons)
    return account


def _provider(reasons: list[Reason], declared: Any, where: str) -> Provider | None:
    if declared is None:
        return None
    found: Provider | None = collect(reasons, find_provider, declared, f"{where}, provider", "pop3_host")
    return found


def _min_poll(provider: Provider | None, server: str) -> int | None:
    own = provider.min_poll_minutes if provider else None
    return own or min_poll_minutes(provider_of_pop3(server))


def _filled(declared: Mapping[str, Any], provider: Provider | None) -> dict[str, Any]:
    preset = {"server": provider.pop3_host, "port": provider.pop3_port} if provider else {}
    return {key: declared.get(key) if declared.get(key) is not None else preset.get(key) for key in _IDENTITY}


def _identity(reasons: list[Reason], declared: Mapping[str, Any], where: str) -> Identity:
    reasons += unknown_options(declared, _IDENTITY, where)
    server = convert(reasons, where, "server", HostName(), declared.get("server"), "")
    port = convert(reasons, where, "port", Integer(1, 65535), declared.get("port"), "")
    username = parse_texts(reasons, where, {"username": declared.get("username")}, {"username": NAME})["username"]
    parts = {**declared, "username": username}
    reasons += [say("pop3_part_missing", where, option=key) for key in _IDENTITY if parts.get(key) in (None, "")]
    return Identity(str(server or ""), str(port), username or "")


def _line(reasons: list[Reason], where: str, option: str, value: Any, longest: int) -> str | None:
    """A text that may stand in a line of the file."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > longest or not one_line(value):
        expected = f"a text of at most {longest} characters on one line, without control characters or blanks around it"
        reasons.append(say("value_unfit", where, option=option, value=repr(value), expected=expected))
        return None
    return value


def _password(reasons: list[Reason], declared: Mapping[str, Any], where: str) -> str | None:
    password = parse_texts(reasons, where, declared, {"password": PASSWORD})["password"]
    if password is None and declared.get("password") is not None:
        reasons.append(say("password_missing", where))
    return password


def _options(
    reasons: list[Reason], declared: Mapping[str, Any], key_map: KeyMap, ssl: bool | None, where: str
) -> dict[str, str]:
    """The mapped options to write. What only the provider's preset says of SSL is written where there is a key."""
    logon = convert(reasons, where, "logon", Choice(*LOGONS), declared.get("logon"), None)
    told = {
        "mailbox": _line(reasons, where, "mailbox", declared.get("mailbox"), 1024),
        "ssl": None if ssl is None else str(ssl).lower(),
        "logon": logon,
    }
    wanted = {option: value for option, value in told.items() if value is not None}
    for option, value in list(wanted.items()):
        mapped = key_map.options.get(option)
        if mapped is None and declared.get(option) is None:
            del wanted[option]
        elif mapped is None:
            reasons.append(say("pop3_key_not_known", where, option=option))
        elif mapped.form(value) is None:
            reasons.append(say("pop3_form_not_known", where, option=option, value=value))
        elif option == "mailbox" and mapped.forms is None and not is_address(value):
            reasons.append(say("pop3_mailbox_unfit", where, value=repr(value)))
    return wanted


def _twice(accounts: Sequence[WishedAccount], where: str) -> list[Reason]:
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
    reasons = [say("pop3_declared_twice", where, account=names[0]) for names in by_identity.values() if len(names) > 1]
    reasons += [
        say("pop3_same_mailbox", where, accounts=", ".join(names))
        for names in by_mailbox.values()
        if len({name.lower() for name in names}) > 1
    ]
    reasons += [say("pop3_replaced_twice", where, account=names[0]) for names in by_replaced.values() if len(names) > 1]
    kept = {each.identity.key for each in accounts}
    reasons += [
        say("pop3_replaced_declared", where, account=str(each.replaces))
        for each in accounts
        if each.replaces and each.replaces.key in kept
    ]
    return reasons
