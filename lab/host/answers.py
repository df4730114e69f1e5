"""The answers of a real host (``playbooks/probe_host.yml``, ``scripts/probe_host.ps1``) as a state of the lab.

Stand-ins become names that can be had: ``domain-2`` is ``domain-2.example``, ``ip-1`` is ``192.0.2.1``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from lab.host.building import is_playable
from lab.host.profiles import LITTLE_MEMORY
from lab.pop3.profiles import FILE_PROFILES, FileProfile

Answers = Mapping[str, Any]
COMPUTER: Final = "HOST-1"
DOMAIN: Final = "domain-1.example"
_STAND_INS: Final = (
    (r"\bdomain-(\d+)\b", r"domain-\1.example"),
    (r"\bip-(\d+)\b", r"192.0.2.\1"),
    (r"\bhost-1\b", COMPUTER),
)
_SMALL_BUSINESS: Final = (9, 25, 50)
_LANGUAGES: Final = {"0407": "de", "0409": "en"}
_GENERATED: Final = ("UserMailbox", "SharedMailbox", "RoomMailbox", "EquipmentMailbox", "MailContact", "MailUser")
_NOT_OF_A_STATE: Final = {
    "updates": "rollups and other updates",
    "pop3_access": "the access list of the accounts file",
    "pop3_log": "the connector's log",
    "events": "events",
    "queues": "what waits",
    "agents": "transport agents",
    "tracking": "what message tracking holds",
    "shell_memory": "memory",
}


def is_answers(content: object) -> bool:
    """Whether a file's content are a host's answers."""
    return (
        isinstance(content, Mapping) and content.get("noun") == "probe" and isinstance(content.get("answers"), Mapping)
    )


def state_of(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The state, and what of the answers the lab does not play."""
    answers: Answers = content["answers"]
    state: dict[str, Any] = {"computer_name": COMPUTER, "domain": DOMAIN, "profile": _profile(answers)}
    notes = [f"{key}: {what}" for key, what in _NOT_OF_A_STATE.items() if _facts(answers, key)]
    for name, make in _SECTIONS.items():
        made = make(answers)
        if made is not None and is_playable({**state, name: made}):
            state[name] = made
        elif made is not None:
            notes.append(f"{name}: no host of the lab can be in this state")
    if (told := _one(answers, "windows", "Windows").get("Language")) not in (None, *_LANGUAGES):
        notes.append(f"windows: the language {told}")
    if _facts(answers, "pop3_keys") and _lines(answers) and _file_profile(answers) is None:
        notes.append("pop3_keys: the accounts file has the form of none of lab/pop3/profiles.yml")
    return state, notes


def _profile(answers: Answers) -> str:
    """The kind of machine that is nearest."""
    exchange = _one(answers, "exchange_setup", "Exchange")
    major = str(exchange.get("Build") or "").partition(".")[0]
    if not exchange.get("Installed"):
        return "no_exchange"
    if major != "14":
        return "exchange2013"
    if not exchange.get("SnapinRegistered"):
        return "no_snapin"
    if ((answers.get("exchange_shell") or {}).get("error") or {}).get("code") == "exchange_not_loaded":
        return "snapin_fails"
    if "EdgeTransport" in (exchange.get("Roles") or []):
        return "edge2010"
    if _one(answers, "windows", "Windows").get("Sku") not in _SMALL_BUSINESS:
        return "exchange2010"
    return "sbs2011_sp1" if str(exchange.get("Build")).startswith("14.1.") else "sbs2011"


def _language(answers: Answers) -> str | None:
    return _LANGUAGES.get(str(_one(answers, "windows", "Windows").get("Language")))


def _memory(answers: Answers) -> int | None:
    """Not where so little is enough after all: in the lab it is not."""
    told: int | None = _one(answers, "shell_memory_limit", "WinRM").get("MaxMemoryPerShellMB")
    return None if told is not None and told <= LITTLE_MEMORY and _facts(answers, "exchange_shell") else told


def _exsetup(answers: Answers) -> str | None:
    told: str | None = _update(answers, "ExSetup")
    return told


def _dotnet(answers: Answers) -> bool | None:
    told: bool | None = _update(answers, "DotNet35")
    return told


def _update(answers: Answers, name: str) -> Any:
    told: Mapping[str, Any] = next(iter(_facts(answers, "updates")), {})
    return told.get(name)


def _registry(answers: Answers) -> dict[str, dict[str, Any]]:
    """Keys that are there, with the values that are."""
    found: dict[str, dict[str, Any]] = {}
    for row in [*_facts(answers, "tls_keys"), *_facts(answers, "dotnet_tls")]:
        if row["Present"]:
            values = found.setdefault(row["Key"], {})
            values |= {} if row["Value"] is None else {row["Name"]: row["Value"]}
    return found


def _send_connectors(answers: Answers) -> list[dict[str, Any]] | None:
    def connector(row: Mapping[str, Any]) -> dict[str, Any]:
        hosts = [host.strip("[]") for host in row.get("SmartHosts") or []]
        return {**_told(row), "SmartHosts": hosts, "SourceTransportServers": [COMPUTER]}

    return _rows(answers, "send_connectors", connector)


def _receive_connectors(answers: Answers) -> list[dict[str, Any]] | None:
    return _rows(answers, "receive_connectors", _told)


def _transport_servers(answers: Answers) -> list[dict[str, Any]] | None:
    rows = _rows(answers, "transport_settings", lambda row: {"Name": COMPUTER, **_told(row)})
    return rows[:1] if rows else None


def _accepted_domains(answers: Answers) -> list[dict[str, Any]] | None:
    return _rows(answers, "accepted_domains", lambda row: {"Name": row["DomainName"], **_told(row)})


def _policies(answers: Answers) -> list[dict[str, Any]] | None:
    """A policy says for whom it is in one way; the filter that Exchange makes of the other is shown as well."""

    def policy(row: Mapping[str, Any]) -> dict[str, Any]:
        other = "RecipientFilter" if row.get("IncludedRecipients") else "IncludedRecipients"
        return {key: value for key, value in _told(row).items() if key != other}

    return _rows(answers, "policies", policy)


def _recipients(answers: Answers) -> list[dict[str, Any]] | None:
    """As many of each kind of which the lab can make some; who they are was not told."""
    rows = _facts(answers, "recipients")
    if not rows:
        return None
    made: list[dict[str, Any]] = []
    for row in rows:
        kind = row["RecipientTypeDetails"]
        for _ in range(row["Count"] if kind in _GENERATED else 0):
            name = f"Recipient {len(made) + 1}"
            outside = {"ExternalEmailAddress": f"recipient{len(made) + 1}@outside.example"}
            more = outside if kind in ("MailContact", "MailUser") else {}
            made.append({"Name": name, "RecipientTypeDetails": kind, **more})
    return made


def _pop3(answers: Answers) -> dict[str, Any] | None:
    """The service as it is, and as many accounts as the file has, where it has a form that the lab knows."""
    service = _one(answers, "pop3_service", "Service")
    if not service:
        return None
    if not service["Exists"]:
        return {"installed": False}
    told = {"display_name": "DisplayName", "status": "Status", "start_mode": "StartMode", "account": "Account"}
    kept = {key: service[name] for key, name in told.items() if service.get(name)}
    made: dict[str, Any] = {"service": {key: str(_named(value)) for key, value in kept.items()}}
    profile = _file_profile(answers)
    if profile is not None:
        ports = [line["Value"] for line in _lines(answers) if line["Key"] == "Port" and line["Value"] != "25"]
        made |= {"profile": profile.name, "accounts": [_account(at, port) for at, port in enumerate(ports, 1)]}
    return made


def _account(number: int, port: str | None) -> dict[str, Any]:
    """What was not told is made up."""
    name = f"account{number}@{DOMAIN}"
    known = int(port) if port and port.isdigit() else 110
    return {"server": "pop3.example", "port": known, "username": name, "password": f"made-up-{number}", "mailbox": name}


def _file_profile(answers: Answers) -> FileProfile | None:
    """The form whose keys stand in the file in the same order, with the same line ends and byte order mark."""
    keys, ends = [line["Key"] for line in _lines(answers)], _one(answers, "pop3_form", "Bytes")
    for profile in FILE_PROFILES.values():
        wanted = [line.partition(":")[0] if ":" in line else None for line in (*profile.head, *profile.account)]
        fits = (profile.line_end == "\r\n") == bool(ends.get("Crlf"))
        marked = str(ends.get("FirstBytes") or "").startswith(profile.bom.hex()) if profile.bom else True
        if keys[: len(wanted)] == wanted and fits and marked:
            return profile
    return None


def _lines(answers: Answers) -> list[Any]:
    return [line for row in _facts(answers, "pop3_keys") for line in row.get("Lines") or []]


def _services(answers: Answers) -> list[dict[str, Any]] | None:
    def service(row: Mapping[str, Any]) -> dict[str, Any]:
        told = {"name": "Name", "display_name": "DisplayName", "status": "Status", "start_mode": "StartMode"}
        return {key: row[name] for key, name in told.items() if row.get(name)}

    return _rows(answers, "collectors", service)


_SECTIONS: Final[dict[str, Callable[[Answers], Any]]] = {
    "language": _language,
    "max_memory_per_shell_mb": _memory,
    "exsetup_version": _exsetup,
    "dotnet_tls12": _dotnet,
    "registry": _registry,
    "services": _services,
    "pop3_connector": _pop3,
    "send_connectors": _send_connectors,
    "receive_connectors": _receive_connectors,
    "transport_servers": _transport_servers,
    "accepted_domains": _accepted_domains,
    "email_address_policies": _policies,
    "recipients": _recipients,
}


def _facts(answers: Answers, key: str) -> list[Any]:
    """What was told; nothing where the question was not answered."""
    answer = answers.get(key) or {}
    return list(answer.get("facts") or []) if answer.get("status") == "answered" else []


def _one(answers: Answers, key: str, part: str) -> Mapping[str, Any]:
    """A part of the only object that was told."""
    told: Mapping[str, Any] = next(iter(_facts(answers, key)), {})
    found = told.get(part)
    return found if isinstance(found, Mapping) else {}


def _rows(
    answers: Answers, key: str, make: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> list[dict[str, Any]] | None:
    """Each object, with its names; None where there was no answer."""
    if (answers.get(key) or {}).get("status") != "answered":
        return None
    return [_named(make(row)) for row in _facts(answers, key)]


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


def _named(value: Any) -> Any:
    """The value with names in the place of stand-ins."""
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    if isinstance(value, str):
        for pattern, name in _STAND_INS:
            value = re.sub(pattern, name, value)
    return value
