"""State files: what hosts and provider of a lab begin with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from lab.host import answers
from lab.host.clock import Clock
from lab.host.state import StateError

_STATES = Path(__file__).parents[1] / "states"

_ZONE = (
    "localhost. IN A 127.0.0.1",
    # A firm at Strato, whose servers are nowhere but here.
    "beispiel.de. IN MX 5 smtpin.rzone.de.",
    'beispiel.de. IN TXT "v=spf1 include:_spf.strato.com ~all"',
    '_dmarc.beispiel.de. IN TXT "v=DMARC1; p=none"',
    '_spf.strato.com. IN TXT "v=spf1 ip4:127.0.0.0/8 ~all"',
    "smtpin.rzone.de. IN A 127.0.0.1",
    "smtp.strato.de. IN A 127.0.0.1",
    "pop3.strato.de. IN A 127.0.0.1",
)
"""What the lab's DNS server knows, unless a state leaves it out."""
_NOT: Final = "!"


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


def zone_of(state: Mapping[str, Any] | str | Path) -> str:
    """The zone of the lab's one DNS server. Raises StateError as ``load_state``, and for what are no lines."""
    lines = (load_state(state) if isinstance(state, str | Path) else state).get("dns") or []
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise StateError("dns: expected a list of lines of a zone file")
    left_out = [line[1:].split() for line in lines if line.startswith(_NOT)]
    known = [line for line in _ZONE if not any(_is_of(line, *each) for each in left_out)]
    return "".join(f"{line}\n" for line in (*known, *(line for line in lines if not line.startswith(_NOT))))


def _is_of(line: str, name: str, kind: str = "") -> bool:
    """Whether a line of ``_ZONE`` is of that name and type."""
    words = line.split()
    return (words[0].lower(), words[2]) == (name.lower(), kind.upper())


def provider_of(state: Mapping[str, Any] | str | Path) -> Any:
    """What a state says of the lab's one provider; None where it has none. Raises StateError as ``load_state``."""
    return (load_state(state) if isinstance(state, str | Path) else state).get("provider")
