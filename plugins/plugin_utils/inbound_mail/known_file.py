# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look keeps of the accounts file, so that the next one can ask the providers in the process that reads: whose
accounts there are, and where their passwords stand. The file's digest comes with it, and a host whose file has another
one makes none of these logins. No secret is in it, and nobody but the ledger's owner can have written it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import LedgerFailed
from ..lenient import inside
from ..mailboxes.ledger import Ledger
from ..pop3_connector.key_map import KeyMap
from ..pop3_connector.mailbox import AccountKey
from ..pop3_connector.records import ENTROPY, PASSWORD, Block, Line
from ..pop3_connector.state import HostAccount, Secret, Service, State, entropy_of

KEY = "file"
"""Where it stands in what is kept."""
_UNUSABLE = (KeyError, TypeError, ValueError, IndexError, AttributeError)


def as_known(state: State, key_map: KeyMap, ledger: Ledger) -> dict[str, Any]:
    """What is kept of a file; nothing where the ledger cannot vouch for it."""
    ssl = _ssl_key(key_map)
    accounts = [_kept(each, state, ssl) for each in state.accounts]
    told = {"sha256": state.sha256, "ssl": ssl, "accounts": accounts}
    try:
        return {**told, "seal": _seal(told, state.where, ledger)}
    except LedgerFailed:
        return {}


def read_known(content: Mapping[str, Any], where: str, key_map: KeyMap, ledger: Ledger) -> State | None:
    """The file as the last look has seen it, as far as logins go by it; None where that is not known for sure, or was
    read by another key map."""
    told = dict(inside(content.get(KEY)))
    seal = told.pop("seal", None)
    try:
        if told.get("ssl") != _ssl_key(key_map) or not hmac.compare_digest(str(seal), _seal(told, where, ledger)):
            return None
        secrets: list[Secret] = []
        accounts = tuple(_account(at, each, told["ssl"], secrets) for at, each in enumerate(told["accounts"]))
        service = Service("", exists=False)
        return State(where, "", None, str(told["sha256"]), 0, tuple(secrets), service, accounts=accounts)
    except (*_UNUSABLE, LedgerFailed):
        return None


def _ssl_key(key_map: KeyMap) -> str | None:
    return key_map.options["ssl"].key if "ssl" in key_map.options else None


def _seal(told: Mapping[str, Any], where: str, ledger: Ledger) -> str:
    return ledger.fingerprint(f"inbound_mail/{where}", json.dumps(told, sort_keys=True))


def _kept(account: HostAccount, state: State, ssl: str | None) -> dict[str, Any]:
    entropy = entropy_of(state.secrets, account.password)
    places = [each.place for each in (account.password, entropy) if each is not None]
    return {
        **account.identity._asdict(),
        "ssl": account.value(ssl) if ssl else None,
        "readable": account.opens,
        "places": places,
    }


def _account(at: int, told: Mapping[str, Any], ssl: str | None, secrets: list[Secret]) -> HostAccount:
    """One account with nothing in its block but how it connects. Its secrets are added to those of the file."""
    identity = AccountKey(str(told["server"]), str(told["port"]), str(told["username"]))
    value = told["ssl"]
    lines = (Line(f"{ssl}:{value}", "", 0, 0, ssl, str(value)),) if ssl and value is not None else ()
    found = [Secret("", int(each["Offset"]), int(each["Length"])) for each in told["places"]]
    password = None
    if found:
        password = replace(found[0], key=PASSWORD, readable=told["readable"] is True)
    if password and len(found) > 1:
        secrets.append(replace(found[1], key=ENTROPY))
        password = replace(password, entropy=len(secrets) - 1)
    return HostAccount(Block(at, lines), identity, password)
