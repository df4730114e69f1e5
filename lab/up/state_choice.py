"""Which state each host of ``python -m lab up`` begins in."""

from __future__ import annotations

from typing import Any

from lab.host.state import StateError
from lab.host.state_files import load_state


def choose_states(
    file: str | None, edition: str | None, language: str | None, recipients: int = 0
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The state of all hosts, and by name what single hosts have instead.

    ``file``: a YAML state file or the name of one in lab/states; its key ``hosts`` holds, by host name, the keys that
    differ there. ``edition`` (kind of machine), ``language`` and, above 0, ``recipients`` (how many are generated) win
    over the file. Raises StateError.
    """
    state = load_state(file) if file else _untouched(edition, language)
    differences = state.pop("hosts", {})
    if not isinstance(differences, dict) or not all(isinstance(one, dict) for one in differences.values()):
        raise StateError("hosts: a mapping of host names to mappings is expected")
    wishes = {"profile": edition, "language": language, "generated_recipients": recipients}
    chosen = {key: value for key, value in wishes.items() if value}
    states = {str(name): {**state, **one, **chosen} for name, one in differences.items()}
    return {**state, **chosen}, states


def _untouched(edition: str | None, language: str | None) -> dict[str, Any]:
    """A host as its wizard leaves it; of other kinds of machine no connectors are known."""
    if edition not in (None, "sbs2011"):
        return {}
    return load_state("sbs2011_german" if language == "de" else "sbs2011")
