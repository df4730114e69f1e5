"""A state: every key that says what a simulated host looks like when it starts."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from lab.host.profiles import PROFILES

DEFAULTS: dict[str, Any] = {
    "profile": "sbs2011",
    "language": "en",
    "computer_name": "SBS",
    "domain": "nt4admins.local",
    "domain_sid": None,
    "organisation": "First Organization",
    "clock": None,
    "max_memory_per_shell_mb": 1024,
    "exsetup_version": None,
    "dotnet_tls12": True,
    "endpoint_account": None,
    "servers": [],
    "registry": None,
    "server": {},
    "queue_disk": {},
    "events": [],
    "rights": None,
    "receive_connectors": None,
    "relay_rights": [],
    "recipient_filter": {},
    "own_addresses": ["127.0.0.1", "192.168.1.2"],
    "certificates": None,
    "send_connectors": [],
    "transport_servers": [],
    "delivery": None,
    "provider": None,
    "dns": [],
    "pop3_connector": None,
    "services": [],
    "collectors": [],
    "scanners": [],
    "router": {},
    "tasks": [],
    "accepted_domains": None,
    "email_address_policies": None,
    "recipients": None,
    "generated_recipients": 0,
    "address_rewrite_entries": [],
    "transport_agents": [],
    "tracking": [],
}
"""Every key of a state and what it is when the state does not say; lab/states/sbs2011.yml explains them."""

LANGUAGES = ("de", "en")
_BUILD = re.compile(r"\d+(\.\d+){3}", re.ASCII)


class StateError(ValueError):
    """A state that cannot be built: says which key, what was found and what is possible."""


def complete(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state with its defaults; StateError for a key or value that is none."""
    unknown = set(state) - set(DEFAULTS)
    if unknown:
        raise StateError(f"state: unknown keys {sorted(unknown)}; possible are {sorted(DEFAULTS)}")
    settings = copy.deepcopy({**DEFAULTS, **state})
    if settings["profile"] not in PROFILES:
        raise StateError(f"profile: {settings['profile']!r} is none of {sorted(PROFILES)}")
    if settings["language"] not in LANGUAGES:
        raise StateError(f"language: {settings['language']!r} is none of {sorted(LANGUAGES)}")
    build, memory = settings["exsetup_version"], settings["max_memory_per_shell_mb"]
    if build is not None and not _BUILD.fullmatch(str(build)):
        raise StateError(f"exsetup_version: {build!r} is no build such as 14.3.513.0")
    if memory is not None and (isinstance(memory, bool) or not isinstance(memory, int)):
        raise StateError(f"max_memory_per_shell_mb: {memory!r} is no whole number")
    return settings
