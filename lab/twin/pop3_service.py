"""``Set-Pop3Service``, and how the agent stops and starts the connector's service."""

from __future__ import annotations

import re
from typing import Final

from lab.exchange.host import Output
from lab.pop3 import Pop3Host, places
from lab.pop3.services import ServiceError
from lab.twin.agent import Agent, Given, Refusal, unreadable
from lab.twin.parameters import check_range
from lab.twin.pop3_file import path_of

MARKER: Final = ".sbs-mailflow"


def set_pop3_service(agent: Agent, given: Given) -> Output:
    """``Set-Pop3Service``: start or stop it, forget that a write was interrupted."""
    check_range("TimeoutSeconds", given.get("TimeoutSeconds", 60), 1, 600)
    status = given["Status"]
    if status not in ("Running", "Stopped"):
        raise unreadable("Status is Running or Stopped.")
    pop3 = agent.machine.pop3
    with pop3.lock:
        path, name = path_of(given), service_of(given)
        before = status_of(pop3, name)
        if status == "Running":
            start(pop3, name)
        else:
            stop(pop3, name)
        pop3.files.drop(path + MARKER)
        return [{"Name": service_shown(pop3, name)["Name"], "Before": before, "Status": status_of(pop3, name)}]


def service_of(given: Given) -> str:
    """The service's name. Raises Refusal for what is none."""
    name = given.get("Service") or places.SERVICE
    if re.search(r"[\x00-\x1f\x7f*?'\"\[\]\\/%`]", name):
        raise unreadable("Service is no name of one.")
    return str(name)


def service_shown(pop3: Pop3Host, name: str) -> dict[str, object]:
    """A service in short, also one that is not there."""
    service = pop3.services.find(name)
    if service is None:
        return {"Name": name, "Exists": False, "DisplayName": None, "Status": None, "StartMode": None}
    shown = service.shown()
    return {
        "Name": shown["Name"],
        "Exists": True,
        **{key: shown[key] for key in ("DisplayName", "Status", "StartMode")},
    }


def interrupted(pop3: Pop3Host, path: str) -> str | None:
    """What the marker of a write that came to no end says."""
    marker = pop3.files.find(path + MARKER)
    return None if marker is None else marker.data.decode("ascii", "replace").strip()


def status_of(pop3: Pop3Host, name: str) -> str:
    """Whether a service runs. Raises Refusal where there is none."""
    service = pop3.services.find(name)
    if service is None:
        raise Refusal("pop3_service_missing", f"There is no service '{name}'.")
    return service.status


def stop(pop3: Pop3Host, name: str) -> None:
    """Stop a service. Raises Refusal."""
    others = [other.name for other in pop3.services.all() if name.lower() in map(str.lower, other.depends_on)]
    running = [other for other in others if status_of(pop3, other) != "Stopped"]
    if running:
        raise Refusal("pop3_service_not_stopped", f"Other services need {name} and run: {', '.join(running)}")
    try:
        pop3.stop_service(name)
    except ServiceError as error:
        raise Refusal("pop3_service_not_stopped", error.message) from None


def start(pop3: Pop3Host, name: str) -> None:
    """Start a service. Raises Refusal."""
    try:
        pop3.start_service(name)
    except ServiceError as error:
        raise Refusal("pop3_service_not_started", error.message) from None
