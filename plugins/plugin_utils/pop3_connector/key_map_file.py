# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables file with the key map of one host, on the controller: read, extended, never contradicted silently."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..controller.atomic_write import FILE_ERRORS, problem_of, read_text, write_whole
from ..controller.identity import Identity
from ..errors import InputRefused, MailflowError
from ..messages import notice_of, reason_of
from .derive import Learnt

VARIABLE = "pop3_connector_key_map"
_SERVER = "# server: "


def extended(path: Path, learnt: Learnt, where: str, overwrite: bool) -> dict[str, Any]:
    """The map of a file with what was learnt. Raises InputRefused where the file says something else already, unless it
    is to be overwritten, and for a file that holds anything besides."""
    key_map = _read(path, where)
    known = key_map.get(learnt.option)
    entry: dict[str, Any] = {"key": learnt.key, **({"values": dict(learnt.forms)} if learnt.forms else {})}
    if isinstance(known, Mapping) and not overwrite:
        if not _agree(known, entry):
            raise InputRefused(
                reason_of("pop3_learn_contradicts", where, path=str(path), option=learnt.option, found=_text(known))
            )
        values = {**(known.get("values") or {}), **learnt.forms}
        entry = {"key": learnt.key, **({"values": values} if values else {})}
    return {**key_map, learnt.option: entry}


def _agree(known: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether two entries can both be true: one key, one text for each value, one value for each text."""
    old, new = known.get("values") or {}, entry.get("values") or {}
    together = {**old, **new}
    same = known.get("key") == entry["key"] and all(old.get(value, text) == text for value, text in new.items())
    return same and bool(old) == bool(new) and len(set(together.values())) == len(together)


def _text(entry: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(entry), default_flow_style=True, width=1000).strip()


def _read(path: Path, where: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(read_text(path))
    except FileNotFoundError:
        return {}
    except (*FILE_ERRORS, ArithmeticError, TypeError, yaml.YAMLError) as error:
        raise InputRefused(reason_of("pop3_map_file_foreign", where, path=str(path))) from error
    if content is None:
        return {}
    if not isinstance(content, dict) or set(content) != {VARIABLE} or not isinstance(content[VARIABLE], dict):
        raise InputRefused(reason_of("pop3_map_file_foreign", where, path=str(path)))
    return dict(content[VARIABLE])


def completed(arguments: Mapping[str, Any], learnt_file: Path, where: str) -> dict[str, Any]:
    """The arguments with the map that was learnt on their host; what they say of it themselves counts instead."""
    declared = arguments.get("key_map")
    if declared is not None and not isinstance(declared, Mapping):
        return dict(arguments)
    learnt = _read(learnt_file, where)
    return {**arguments, "key_map": {**learnt, **(declared or {})}} if learnt else dict(arguments)


def server_of(path: Path) -> Identity | None:
    """The server from which a file was learnt, None where it does not tell."""
    told = [line.removeprefix(_SERVER) for line in _comments(path) if line.startswith(_SERVER)]
    return Identity.parse(told[-1]) if told else None


def write(path: Path, server: Identity, key_map: Mapping[str, Any], evidence: list[str]) -> None:
    """Write the file anew, readable by its owner alone, its earlier evidence kept. Raises MailflowError."""
    where = server.label
    kept = [line for line in _comments(path) if not line.startswith(_SERVER)]
    comments = [line for line in [*kept, *(f"# {each}" for each in evidence), f"{_SERVER}{server}"] if line]
    head = f"# {notice_of('pop3_map_file_head', host=where)}"
    body = yaml.safe_dump({VARIABLE: dict(key_map)}, sort_keys=False, allow_unicode=True, width=1000)
    text = "\n".join(["---", head, *dict.fromkeys(each for each in comments if each != head), body])
    try:
        write_whole(path, text)
    except FILE_ERRORS as error:
        raise MailflowError(reason_of("backup_failed", where, path=str(path), problem=problem_of(error))) from error


def _comments(path: Path) -> list[str]:
    try:
        return [line for line in read_text(path).splitlines() if line.startswith("#")]
    except FILE_ERRORS:
        return []
