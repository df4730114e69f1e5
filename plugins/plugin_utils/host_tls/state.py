# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there: the registry's keys of TLS, Exchange's and Windows' versions, and since when Windows and the transport
service run. Read leniently, but for the registry: what may not be read is not absent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..agent import clocks
from ..agent.host_facts import host_clock
from ..agent.tls_facts import UPDATES, Version, exchange_update, version_of
from ..errors import HostRefused
from ..lenient import first, inside, is_of, moment, objects, text, texts
from ..messages import reason_of
from ..queue import server_queues
from ..request import DONE, Reply, Step
from .keys import NAMES, Numbers
from .timing import TRANSPORT

BACKUP = "wbengine"
"""Windows' backup service, which runs while a backup does."""
KEYS_ID = "read_tls_keys"
HOST = replace(clocks.STEP, always=True)
QUEUES = replace(server_queues.QUEUES, always=True)
TIMES = Step("read_start_times", "Get-StartTimes", {"Services": [TRANSPORT]}, ("Boot", "Services"), always=True)
SERVICES = Step("read_tls_services", "Get-ServiceList", {"Names": [TRANSPORT, BACKUP]}, ("Name", "Status"), always=True)
MAY_FAIL = frozenset({KEYS_ID, QUEUES.id, SERVICES.id, TIMES.id, UPDATES.id})
"""The reading steps whose failure has a meaning of its own."""
_OURS = {name.lower(): name for names in NAMES.values() for name in names}


def keys_step(paths: Iterable[str]) -> Step:
    """The command that reads these keys."""
    return Step(
        KEYS_ID, "Read-RegistryKeys", {"Keys": list(paths)}, ("Key", "Present", "Values", "SubKeys"), always=True
    )


@dataclass(frozen=True)
class RegistryKey:
    """One key: whether it is there, its DWORDs as numbers, its other values, and the keys below it, by name."""

    present: bool = False
    numbers: Numbers = field(default_factory=dict)
    others: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def number(self, name: str) -> int | None:
        """A DWORD; None where it is absent."""
        return self.numbers.get(name)


ABSENT = RegistryKey()


@dataclass(frozen=True)
class Services:
    """Whether the transport service and a backup run, as far as is told."""

    transport: str | None = None
    backup: str | None = None


@dataclass(frozen=True)
class State:
    """A host. ``exchange``: what tells of its Exchange, None where there is none; ``waiting``: how many messages are in
    the queues, None where that was not asked or not told; then ``queue_problem`` says why."""

    where: str
    keys: Mapping[str, RegistryKey]
    windows: Version | None = None
    exchange: Mapping[str, Any] | None = None
    clock: datetime | None = None
    boot: datetime | None = None
    started: datetime | None = None
    services: Services = Services()
    waiting: int | None = None
    queue_problem: str | None = None

    def key(self, path: str) -> RegistryKey:
        """One that was read."""
        return self.keys.get(path, ABSENT)


def parse_state(reply: Reply, where: str, paths: Iterable[str]) -> State:
    """The state in a reply, with these keys. Raises HostRefused where the registry may not be read."""
    facts = first(reply.result(HOST.id).output)
    windows, exchange = inside(facts.get("Windows")), inside(facts.get("Exchange"))
    boot, started = _times(first(reply.result(TIMES.id).output))
    waiting, problem = _waiting(reply)
    update = exchange_update(first(reply.result(UPDATES.id).output).get("ExSetup"))
    return State(
        where,
        _keys(reply, where, paths),
        version_of(windows.get("Version"), 3),
        {"build": text(exchange.get("Build")), **update} if exchange.get("Installed") is True else None,
        host_clock(facts.get("Clock")),
        boot,
        started,
        _services(reply.result(SERVICES.id).output),
        waiting,
        problem,
    )


def _keys(reply: Reply, where: str, paths: Iterable[str]) -> dict[str, RegistryKey]:
    wanted = list(paths)
    if not wanted:
        return {}
    result = reply.result(KEYS_ID)
    found = {str(row.get("Key")).lower(): row for row in result.output}
    rows = {path: found.get(path.lower()) for path in wanted}
    missing = [path for path, row in rows.items() if row is None or not is_of(bool, row.get("Present"))]
    if result.status != DONE or missing:
        host_says = result.error.message if result.error else ", ".join(missing) or result.status
        raise HostRefused(reason_of("tls_registry_unread", where, host_says=host_says))
    return {path: _key(inside(row)) for path, row in rows.items()}


def _key(row: Mapping[str, Any]) -> RegistryKey:
    found = {_named(each.get("Name")): each for each in objects(row.get("Values"))}
    numbers = {name: each["Value"] for name, each in found.items() if _is_number(each)}
    others = tuple(sorted(found.keys() - numbers.keys()))
    return RegistryKey(row.get("Present") is True, numbers, others, tuple(texts(row.get("SubKeys"))))


def _named(name: Any) -> str:
    """A value's name; of ours, which Windows finds by any capitals, with those that we write."""
    return _OURS.get(str(name).lower(), str(name))


def _is_number(value: Mapping[str, Any]) -> bool:
    return value.get("Kind") == "DWord" and is_of(int, value.get("Value"))


def _times(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    started = {str(each.get("Name")).lower(): each.get("Started") for each in objects(row.get("Services"))}
    return moment(row.get("Boot")), moment(started.get(TRANSPORT.lower()))


def _services(output: Iterable[Mapping[str, Any]]) -> Services:
    status = {str(row.get("Name")).lower(): text(row.get("Status")) for row in output}
    return Services(status.get(TRANSPORT.lower()), status.get(BACKUP))


def _waiting(reply: Reply) -> tuple[int | None, str | None]:
    result = reply.result(QUEUES.id)
    if result.status == DONE:
        return sum(each.count for each in server_queues.parse_queues(result.output)), None
    return None, result.error.message if result.error else result.status
