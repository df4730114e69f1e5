"""``Read-RegistryKeys``, ``Set-RegistryValues`` and ``Restart-TransportService``: keys of TLS, and who reads them."""

from __future__ import annotations

import re
from typing import Any, Final

from lab.exchange.host import Output
from lab.host.machine import SimulatedMachine
from lab.pop3.services import ServiceError
from lab.twin.agent import Agent, Given, Refusal, unreadable
from lab.twin.parameters import as_list, check_range
from lab.twin.pop3_service import status_of

_SERVICE: Final = "MSExchangeTransport"
_DOTNET: Final = r"Microsoft\.NETFramework"
_WINHTTP: Final = r"Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
_PLACES: Final = {
    r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols": ("enabled", "disabledbydefault"),
    **{rf"{view}\{_DOTNET}": ("systemdefaulttlsversions",) for view in ("SOFTWARE", r"SOFTWARE\Wow6432Node")},
    **{rf"{view}\{_WINHTTP}": ("defaultsecureprotocols",) for view in ("SOFTWARE", r"SOFTWARE\Wow6432Node")},
}


def read_registry_keys(agent: Agent, given: Given) -> Output:
    """``Read-RegistryKeys``."""
    keys = [str(key) for key in as_list(given["Keys"])]
    for key in keys:
        _names(key)
    return [_shown(agent.machine, key) for key in keys]


def set_registry_values(agent: Agent, given: Given) -> Output:
    """``Set-RegistryValues``."""
    key, machine = str(given["Key"]), agent.machine
    wanted = _wanted(key, as_list(given.get("Values", [])))
    adds = any(value is not None for value in wanted.values())
    if wanted and (adds or machine.registry_key(key) is not None):
        machine.write_registry(key, wanted)
    if given.get("RemoveEmpty"):
        machine.delete_registry_key(key)
    return [_shown(machine, key)]


def restart_transport_service(agent: Agent, given: Given) -> Output:
    """``Restart-TransportService``; nothing takes time here."""
    check_range("TimeoutSeconds", given.get("TimeoutSeconds", 180), 1, 600)
    machine = agent.machine
    service = machine.pop3.services.find(_SERVICE)
    if service is None:
        raise Refusal("service_missing", f"There is no service {_SERVICE}.")
    _check_needed(machine)
    for code, control in (
        ("service_not_stopped", machine.stop_service),
        ("service_not_started", machine.start_service),
    ):
        try:
            control(_SERVICE)
        except ServiceError as error:
            raise Refusal(code, error.message) from None
    return [{"Name": service.name, "Before": service.status, "Status": status_of(machine.pop3, _SERVICE)}]


def _names(key: str) -> tuple[str, ...]:
    """The values that may be written in a key. Raises Refusal."""
    for place, names in _PLACES.items():
        if f"{key}\\".lower().startswith(f"{place}\\".lower()) and not re.search(r"[\x00-\x1f\x7f]|\\\\|\\$", key):
            return names
    raise unreadable(f"{key} is not written.")


def _wanted(key: str, values: list[dict[str, Any]]) -> dict[str, int | None]:
    """The values to be written, None for those that go. Raises Refusal."""
    names = _names(key)
    for each in values:
        value = each["Value"]
        number = value is None or (isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31)
        if str(each["Name"]).lower() not in names or not number:
            raise unreadable(f"{each['Name']} is not written, or not with {value!r}.")
    return {str(each["Name"]): each["Value"] for each in values}


def _shown(machine: SimulatedMachine, key: str) -> dict[str, Any]:
    """What is no DWORD is named only."""
    found = machine.registry_key(key)
    if found is None:
        return {"Key": key, "Present": False, "Values": [], "SubKeys": []}
    values = [{**each, "Value": each["Value"] if each["Kind"] == "DWord" else None} for each in found["Values"]]
    return {"Key": key, "Present": True, "Values": values, "SubKeys": found["SubKeys"]}


def _check_needed(machine: SimulatedMachine) -> None:
    """Raise Refusal where a service that runs needs this one."""
    services = machine.pop3.services.all()
    needing = [other.name for other in services if _SERVICE.lower() in map(str.lower, other.depends_on)]
    running = [name for name in needing if status_of(machine.pop3, name) != "Stopped"]
    if running and status_of(machine.pop3, _SERVICE) != "Stopped":
        raise Refusal("service_not_stopped", f"Other services need {_SERVICE} and run: {', '.join(running)}")
