# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs of a host: which saved states belong together, in which order they were applied, and which have been put
back since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..controller.backup import Shelf, noun_named, stamp_of
from ..controller.identity import Identity
from ..errors import InputRefused
from ..lenient import number
from ..messages import notice_of, reason_of

LAST = "last"
NOTE = "restored"
"""The noun of the files that tell what a restore has brought back."""
LISTED = 20
"""How many runs a refusal names, the newest of them."""
_OF_A_RESTORE = "_restore"


@dataclass(frozen=True)
class SavedFile:
    """One saved state as the list of runs needs it."""

    path: Path
    noun: str
    order: int
    is_restore: bool


@dataclass(frozen=True)
class SavedRun:
    """The states that one task has saved, in the order in which it applied them; ``stamp`` is when (UTC). ``put_back``
    are the runs and nouns that it has brought back to what they were before; there may be no files then."""

    id: str
    stamp: str
    files: tuple[SavedFile, ...]
    put_back: frozenset[tuple[str, str]] = frozenset()

    @property
    def nouns(self) -> frozenset[str]:
        """What it has changed."""
        return frozenset(each.noun for each in self.files)

    @property
    def is_restore(self) -> bool:
        """Whether it has put something back."""
        return bool(self.put_back) or any(each.is_restore for each in self.files)

    @property
    def is_whole(self) -> bool:
        """Whether its files are all there, one a noun, as far as their places tell; old ones tell of none."""
        orders = [each.order for each in self.files]
        one_each = len(self.nouns) == len(self.files)
        return one_each and (not any(orders) or orders == [*range(1, len(orders) + 1)])

    def is_back(self, undone: Collection[tuple[str, str]]) -> bool:
        """Whether all that it has changed stands put back; ``undone``: what ``put_back_by`` tells."""
        return all((self.id, noun) in undone for noun in self.nouns)


def run_of(content: Mapping[str, Any], path: str | Path) -> str:
    """The run to which a saved file belongs. One of before there were runs is a run of its own, by the file's name."""
    told = content.get("run")
    return told if isinstance(told, str) and told else Path(path).stem


def runs_of(shelf: Shelf, nouns: Collection[str], host: str) -> tuple[SavedRun, ...]:
    """The runs of a host that have saved states of these nouns, the newest first. Raises InputRefused where the folder
    or a file in it cannot be read: nobody knows then to which run it belongs."""
    shelf.require_read()
    found: dict[str, list[tuple[Path, Mapping[str, Any]]]] = {}
    for path, content in shelf.contents():
        if content is None or _is_damaged(path, content, nouns):
            raise InputRefused(reason_of("run_unreadable", host, path=path))
        if content.get("noun") in tuple(nouns) or "run" in content:
            files = found.setdefault(run_of(content, path), [])
            files += [(path, content)] if all(content != other for _path, other in files) else []
    return tuple(_run(run, files) for run, files in found.items() if _is_of(host, files))


def _is_of(host: str, files: Sequence[tuple[Path, Mapping[str, Any]]]) -> bool:
    """Whether the files of a run are this host's. Raises InputRefused where only some are: a run is of one host."""
    foreign = [path for path, content in files if not Identity.of(content).is_of(host)]
    if foreign and len(foreign) < len(files):
        raise InputRefused(reason_of("run_unreadable", host, path=foreign[0]))
    return not foreign


def _is_damaged(path: Path, content: Mapping[str, Any], nouns: Collection[str]) -> bool:
    """Whether a saved state does not say any more of what and of whom it is."""
    noun, named = content.get("noun"), noun_named(path) in nouns
    if not named and "run" not in content:
        return False
    if "order" in content and not (isinstance(content.get("run"), str) and content["run"]):
        return True
    return not isinstance(noun, str) or not isinstance(content.get("host"), str) or (named and noun not in nouns)


def _run(run: str, found: Sequence[tuple[Path, Mapping[str, Any]]]) -> SavedRun:
    files = [_file(path, content) for path, content in found if content["noun"] != NOTE]
    stamp = stamp_of(files[0].path) if files else ""
    return SavedRun(
        run, stamp, tuple(sorted(files, key=_order)), frozenset(_noted(content for _path, content in found))
    )


def _file(path: Path, content: Mapping[str, Any]) -> SavedFile:
    noun = content["noun"]
    is_restore = "restores" in content or noun.endswith(_OF_A_RESTORE)
    return SavedFile(path, noun.removesuffix(_OF_A_RESTORE), number(content.get("order")) or 0, is_restore)


def note(run: str, nouns: Iterable[str]) -> dict[str, Any]:
    """What is kept once these nouns are as they were before a run; without it a restore that failed, or had nothing to
    do, would look like one that is done, or like none."""
    return {"put_back": run, "nouns": [each.removesuffix(_OF_A_RESTORE) for each in nouns]}


def _noted(contents: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The runs and nouns of which notes say that they were put back."""
    for content in contents:
        run, nouns = content.get("put_back"), content.get("nouns")
        if content["noun"] == NOTE and isinstance(run, str) and isinstance(nouns, list):
            yield from ((run, each) for each in nouns if isinstance(each, str))


def _order(file: SavedFile) -> tuple[int, str]:
    return file.order, file.path.name


def listed(runs: Sequence[SavedRun]) -> str:
    """The runs that there are, for a sentence."""
    undone = put_back_by(runs)
    told = [_named(each, undone) for each in runs if each.files]
    beginning = "; ".join(told[:LISTED]) or notice_of("no_run")
    return notice_of("and_more", beginning=beginning, number=len(told) - LISTED) if len(told) > LISTED else beginning


def _named(run: SavedRun, undone: Collection[tuple[str, str]]) -> str:
    key = "restore_listed" if run.is_restore else "undone_listed" if run.is_back(undone) else "run_listed"
    return notice_of(key, run=run.id, moment=run.stamp, nouns=", ".join(each.noun for each in run.files))


def back_already(run: SavedRun, runs: Sequence[SavedRun]) -> tuple[str, ...]:
    """A notice for a run that stands put back, with the earlier ones: whoever asks for it may want those."""
    if not run.is_back(put_back_by(runs)):
        return ()
    return (notice_of("run_back_already", run=run.id, known=listed(runs[runs.index(run) + 1 :])),)


def choose(runs: Sequence[SavedRun], wanted: str, host: str, folder: str = "backup_dir") -> SavedRun:
    """The run of that id, or the last one that was no restore; ``folder``: where they were looked for. Raises
    InputRefused where there is none or only a part of it, or where a later one has changed the same and was not put
    back."""
    last = wanted.lower() == LAST
    fit = [each for each in runs if each.files and (each.id == wanted or (last and not each.is_restore))]
    if not fit:
        raise InputRefused(reason_of("run_unknown", host, run=wanted, path=folder, known=listed(runs)))
    run = fit[0]
    if not run.is_whole:
        raise InputRefused(
            reason_of("run_incomplete", host, run=run.id, files=", ".join(each.path.name for each in run.files))
        )
    undone = put_back_by(runs)
    later = [
        each
        for each in runs[: runs.index(run)]
        if not each.is_restore and any((each.id, noun) not in undone for noun in each.nouns & run.nouns)
    ]
    if later:
        raise InputRefused(reason_of("run_overtaken", host, run=run.id, later=listed(later)))
    return run


def put_back_by(runs: Sequence[SavedRun]) -> set[tuple[str, str]]:
    """The runs and nouns that stand put back: by a restore that was not itself put back since."""
    undone: set[tuple[str, str]] = set()
    for run in runs:
        undone |= {(of, noun) for of, noun in run.put_back if (run.id, noun) not in undone}
    return undone
