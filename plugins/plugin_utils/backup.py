# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state before a change, saved on the controller as readable JSON; never a password."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from .errors import MailflowError, WishRefused
from .messages import say

FORMAT = 1


def save(directory: str, host: str, noun: str, data: Mapping[str, Any], now: datetime) -> str:
    """Write the saved state of a host to a new file, readable by its owner only, and return its path.

    Raises MailflowError where it cannot be written: then nothing is changed on the host either.
    """
    content = {"format": FORMAT, "noun": noun, "host": host, "saved_at": now.isoformat(timespec="seconds"), **data}
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        folder = Path(directory).expanduser() / re.sub(r"[^A-Za-z0-9._-]", "_", host).lstrip(".")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = _free_path(folder, f"{noun}_{now:%Y%m%dT%H%M%SZ}")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except (OSError, RuntimeError) as error:  # RuntimeError: a home (~) that does not exist
        problem = getattr(error, "strerror", None) or str(error)
        raise MailflowError(say("backup_failed", host, path=directory, problem=problem)) from error
    return str(path)


def _free_path(folder: Path, stem: str) -> Path:
    """A name that is not taken yet: two runs within one second must not overwrite each other."""
    candidates = (folder / f"{stem}{suffix}.json" for suffix in ("", *(f"_{number}" for number in range(2, 100))))
    return next((path for path in candidates if not path.exists()), folder / f"{stem}_100.json")


def load(path: str, host: str, noun: str) -> dict[str, Any]:
    """A saved state of this host and noun. Raises WishRefused."""
    try:
        content = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "no JSON"
        raise WishRefused(say("backup_unreadable", host, path=path, problem=problem)) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or content.get("noun") != noun:
        raise WishRefused(say("backup_unreadable", host, path=path, problem="another kind of file"))
    if content.get("host") != host:
        raise WishRefused(say("backup_of_other_host", host, saved=content.get("host"), host=host))
    return content
