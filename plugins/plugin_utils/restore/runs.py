# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs of a host: which saved states belong together, in which order they were applied, and which have been put
back since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..backup import Shelf, stamp_of
from ..errors import WishRefused
from ..identity import Identity
from ..messages import say, tell
from ..told import number

LAST = "last"
LISTED = 20
"""How many runs a refusal names, the newest of them."""
_OF_A_RESTORE = "_restore"


@dataclass(frozen=True)
class SavedFile:
    """One saved state as the list of runs needs it. ``restores`` is the run that was put back when it was saved."""

    path: Path
    noun: str
    order: int
    is_restore: bool
    restores: str | None


@dataclass(frozen=True)
class Run:
    """The states that one task has saved, in the order in which it applied them; ``stamp`` is when (UTC)."""

    id: str
    stamp: str
    files: tuple[SavedFile, ...]

    @property
    def nouns(self) -> frozenset[str]:
        """What it has changed."""
        return frozenset(each.noun for each in self.files)

    @property
    def is_restore(self) -> bool:
        """Whether it has put something back."""
        return any(each.is_restore for each in self.files)

    def __str__(self) -> str:
        nouns = ", ".join(each.noun for each in self.files)
        return tell("restore_listed" if self.is_restore else "run_listed", run=self.id, moment=self.stamp, nouns=nouns)


def run_of(content: Mapping[str, Any], path: str | Path) -> str:
    """The run to which a saved file belongs. One of before there were runs is a run of its own, by the file's name."""
    told = content.get("run")
    return told if isinstance(told, str) and told else Path(path).stem


def runs_of(shelf: Shelf, nouns: Collection[str], host: str) -> tuple[Run, ...]:
    """The runs of a host that have saved states of these nouns, the newest first. Raises WishRefused where a file
    cannot be read: nobody knows then to which run it belongs."""
    found: dict[str, list[SavedFile]] = {}
    stamps: dict[str, str] = {}
    for path, content in shelf.contents():
        if content is None:
            raise WishRefused(say("run_unreadable", host, path=path))
        run, noun = run_of(content, path), content.get("noun")
        if isinstance(noun, str) and noun in nouns and Identity.of(content).is_of(host):
            found.setdefault(run, []).append(_file(path, noun, content))
            stamps.setdefault(run, stamp_of(path))
    return tuple(Run(run, stamps[run], tuple(sorted(files, key=_order))) for run, files in found.items())


def _file(path: Path, noun: str, content: Mapping[str, Any]) -> SavedFile:
    restores = content.get("restores")
    return SavedFile(
        path,
        noun.removesuffix(_OF_A_RESTORE),
        number(content.get("order")) or 0,
        "restores" in content or noun.endswith(_OF_A_RESTORE),
        restores if isinstance(restores, str) else None,
    )


def _order(file: SavedFile) -> tuple[int, str]:
    return file.order, file.path.name


def listed(runs: Sequence[Run]) -> str:
    """The runs that there are, for a sentence."""
    told = "; ".join(map(str, runs[:LISTED])) or tell("no_run")
    return tell("and_more", beginning=told, number=len(runs) - LISTED) if len(runs) > LISTED else told


def choose(runs: Sequence[Run], wanted: str, host: str) -> Run:
    """The run of that id, or the last one that was no restore. Raises WishRefused where there is none, or where a later
    one has changed the same and was not put back."""
    last = wanted.lower() == LAST
    changing = [each for each in runs if not each.is_restore]
    run = next((each for each in (changing if last else runs) if last or wanted == each.id), None)
    if run is None:
        raise WishRefused(say("run_unknown", host, run=wanted, known=listed(runs)))
    undone, newer = _put_back(runs), runs[: runs.index(run)]
    later = [
        each
        for each in newer
        if not each.is_restore and any((each.id, noun) not in undone for noun in each.nouns & run.nouns)
    ]
    if later:
        raise WishRefused(say("run_overtaken", host, run=run.id, later=listed(later)))
    return run


def _put_back(runs: Sequence[Run]) -> set[tuple[str, str]]:
    """The runs and nouns that stand put back: by a restore that was not itself put back since."""
    undone: set[tuple[str, str]] = set()
    for run in runs:
        undone |= {
            (each.restores, each.noun) for each in run.files if each.restores and (run.id, each.noun) not in undone
        }
    return undone
