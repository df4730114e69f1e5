"""State files: what a simulated host looks like when it starts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.host import answers
from lab.host.clock import Clock
from lab.host.profiles import PROFILES

DEFAULTS: dict[str, Any] = {
    "profile": "sbs2011",
    "language": "en",
    "computer_name": "SBS",
    "domain": "nt4admins.local",
    "domain_sid": None,
    "organisation": "First Organization",
    "clock": None,
    "max_memory_per_shell_mb": 150,
    "exsetup_version": None,
    "dotnet_tls12": True,
    "endpoint_account": None,
    "servers": [],
    "registry": {},
    "receive_connectors": None,
    "send_connectors": [],
    "transport_servers": [],
    "delivery": None,
    "provider": None,
    "pop3_connector": None,
    "services": [],
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
_STATES = Path(__file__).parents[1] / "states"


class StateError(ValueError):
    """A state that cannot be built: says which key, what was found and what is possible."""


def load_state(path_or_name: str | Path) -> dict[str, Any]:
    """Read a YAML state file: a path, or the name of one in lab/states. Raises StateError if there is none.

    A file of answers of a real host is read as the state that is nearest to it.
    """
    content = _content(path_or_name)
    return _played(content)[0] if answers.is_answers(content) else content


def not_played(path_or_name: str | Path) -> list[str]:
    """What of a file of answers the lab does not play; nothing of a state file. Raises StateError as ``load_state``."""
    content = _content(path_or_name)
    return _played(content)[1] if answers.is_answers(content) else []


def _played(content: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    try:
        return answers.state_of(content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StateError(f"these answers of a host have not the form that probe_host gives them: {error!r}") from error


def _content(path_or_name: str | Path) -> dict[str, Any]:
    path = Path(path_or_name)
    if not path.suffix:
        path = _STATES / f"{path}.yml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _STATES.glob("*.yml")))
        raise StateError(f"state {str(path_or_name)!r}: no such file; the lab brings {known}")
    state = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(state, dict):
        raise StateError(f"state {str(path_or_name)!r}: a mapping is expected, found {type(state).__name__}")
    return state


def clock_of(state: Mapping[str, Any] | str | Path) -> Clock:
    """The clock that hosts and provider share: what the state says of it, unless that is a fixed time of the host."""
    wish = (load_state(state) if isinstance(state, str | Path) else state).get("clock")
    try:
        return Clock.of(None if isinstance(wish, str) else wish)
    except ValueError as error:
        raise StateError(str(error)) from error


def provider_of(state: Mapping[str, Any] | str | Path) -> Any:
    """What a state says of the lab's one provider; None where it has none. Raises StateError as ``load_state``."""
    return (load_state(state) if isinstance(state, str | Path) else state).get("provider")


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
    return settings
