"""``Test-Reach``: which places can be connected to from the host. It reaches nothing beyond the loopback."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.mail_talk import is_here
from lab.twin.parameters import as_list, check_one_line, check_range

_PROBLEMS: Final = {
    errno.ECONNREFUSED: "ConnectionRefused",
    errno.ENETUNREACH: "NetworkUnreachable",
    errno.EHOSTUNREACH: "HostUnreachable",
    errno.ETIMEDOUT: "TimedOut",
}


def reach_of(agent: Agent, given: Given) -> Output:
    """``Test-Reach``."""
    seconds = given.get("TimeoutSeconds", 10)
    places = as_list(given["Places"])
    check_range("TimeoutSeconds", seconds, 1, 120)
    check_range("the number of Places", len(places), 1, 100)
    for place in places:
        check_range("Port", place["Port"], 1, 65535)
        check_one_line("Name", str(place["Name"]))
    began = time.monotonic()
    with ThreadPoolExecutor(len(places)) as pool:
        return list(pool.map(lambda place: _row(place, began, seconds), places))


def _row(place: Mapping[str, Any], began: float, seconds: int) -> dict[str, object]:
    name, port = str(place["Name"]), int(place["Port"])
    addresses, left = _addresses(name), max(0.01, began + seconds - time.monotonic())
    problem = _problem(name, port, left) if addresses else "HostNotFound"
    return {
        "Name": name,
        "Port": port,
        "Addresses": addresses,
        "Connected": problem is None,
        "Problem": problem,
        "Ms": round(1000 * (time.monotonic() - began)),
    }


def _addresses(name: str) -> list[str]:
    if not is_here(name):
        return []
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _problem(name: str, port: int, seconds: float) -> str | None:
    """What .NET calls it."""
    try:
        socket.create_connection((name, port), seconds).close()
    except TimeoutError:
        return "TimedOut"
    except OSError as error:
        return _PROBLEMS.get(error.errno or 0, "Unknown")
    return None
