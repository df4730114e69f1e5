"""``Get-ConnectorRights``: the entries by which connectors relay, read of each connector by itself."""

from __future__ import annotations

import re
from typing import Any, Final

from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.host.network import sid_of
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.parameters import as_list, check_range
from lab.twin.tracking import listed

_MOST: Final = 100
_RELAY: Final = "ms-exch-smtp-accept-any-recipient"
_UNKNOWN: Final = "This server has no receive connector of that name."


def get_connector_rights(agent: Agent, given: Given) -> Output:
    """``Get-ConnectorRights``: one object an entry, or one with the reason where a connector cannot be read."""
    wanted = _wanted(given) if "Connectors" in given else None
    found = agent.invoke("Get-ReceiveConnector", {"Server": agent.machine.computer_name})
    names = [str(each.get("DistinguishedName")) for each in found]
    known = {name.lower() for name in names}
    return [row for name in (names if wanted is None else wanted) for row in _rows(agent, name, known)]


def _wanted(given: Given) -> list[str]:
    wanted = [str(name or "") for name in as_list(given["Connectors"])]
    check_range("the number of Connectors", len(wanted), 1, _MOST)
    if not all(name.strip() for name in wanted):
        raise unreadable("A name in Connectors is empty.")
    return wanted


def _rows(agent: Agent, name: str, known: set[str]) -> list[dict[str, object]]:
    if name.lower() not in known:
        return [_row(name, Error=_UNKNOWN)]
    try:
        entries = agent.invoke("Get-ADPermission", {"Identity": name})
    except CmdletError as error:
        return [_row(name, Error=agent.hide(error.message))]
    return [
        _entry(agent, name, entry) for entry in entries if _RELAY in map(str.lower, listed(entry["ExtendedRights"]))
    ]


def _entry(agent: Agent, name: str, entry: dict[str, Any]) -> dict[str, object]:
    user = str(entry["User"])
    sid = user if re.fullmatch(r"S-1-[0-9-]+", user) else sid_of(user)
    return _row(name, User=user, Sid=sid, Deny=entry["Deny"] is True, Inherited=entry["IsInherited"] is True)


def _row(name: str, **told: object) -> dict[str, object]:
    return {"Connector": name, **dict.fromkeys(("User", "Sid", "Deny", "Inherited", "Error")), **told}
