# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting saved values back: what was absent goes again, and so do keys that were not there and are empty now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..address_rewrite.desired import AddressesBack
from ..messages import notice_of
from ..run.outcome import Decision, Outcome
from ..run.plan import Plan, PlannedStep, plan_or_none
from ..run.restoring import Back, Restoring
from .desired import NOUN
from .diff import shown_keys, write_step
from .keys import shown
from .saved import SavedKey, read_saved
from .state import RegistryKey, State
from .subject import TlsSubject
from .timing import TRANSPORT


@dataclass(frozen=True)
class _Way:
    """What is done to one key: the values that it gets, whether it goes, and the values that somebody else has changed
    since."""

    values: dict[str, int | None]
    removes: bool
    changed: tuple[str, ...] = ()


class RestoreHostTls(Restoring[State, AddressesBack], TlsSubject):
    """The request to have saved values back."""

    def __init__(self, back: Back[AddressesBack]) -> None:
        self._saved = back.saved.understood(read_saved)
        super().__init__(back, tuple(each.path for each in self._saved))

    def decide(self, state: State) -> Decision:
        """The plan back; what was changed since is left, and told."""
        steps, changed = self._steps(state)
        before, after = shown_keys(state, steps)
        return Decision(
            plan_or_none(NOUN, steps),
            before,
            after,
            notices=(notice_of("tls_changed_since", names=", ".join(changed)),) if changed else (),
            facts={"changed_since": changed},
        )

    def left_to_do(self, state: State) -> Plan | None:
        """What is still otherwise than it was."""
        return plan_or_none(NOUN, self._steps(state)[0])

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        """Until when the values are in force that were put back."""
        if outcome.error is not None or outcome.decision.plan is None:
            return ()
        return (notice_of("tls_restored", service=TRANSPORT),)

    def _steps(self, state: State) -> tuple[list[PlannedStep], list[str]]:
        steps: list[PlannedStep] = []
        changed: list[str] = []
        gone: set[str] = set()
        for each in self._saved:
            key = state.key(each.path)
            way = self._way(each, key, gone)
            changed += [rf"{shown(each.path)}\{name}" for name in way.changed]
            if way.values or way.removes:
                steps.append(write_step(each.path, key, way.values, way.removes))
            if way.removes:
                gone.add(each.path.lower())
        return steps, changed

    def _way(self, saved: SavedKey, key: RegistryKey, gone: set[str]) -> _Way:
        differs = [name for name, value in saved.before.items() if key.number(name) != value or name in key.others]
        changed = tuple(name for name in differs if self._is_changed(saved, key, name))
        values = {name: saved.before[name] for name in differs if name not in changed}
        stays = [*_kept(key, values), *(each for each in key.below if rf"{saved.path}\{each}".lower() not in gone)]
        return _Way(values, key.present and not saved.present and not stays, changed)

    def _is_changed(self, saved: SavedKey, key: RegistryKey, name: str) -> bool:
        """Whether a value is neither what it was nor what was written; only a number could be put back again."""
        ours = key.number(name) == saved.after.get(name)
        return name in key.others or not (ours or self.back.desired.force)


def _kept(key: RegistryKey, values: dict[str, int | None]) -> Iterator[str]:
    """The values that a key has once it was given these."""
    yield from (name for name in (*key.numbers, *key.others) if name not in values)
    yield from (name for name, value in values.items() if value is not None)
