# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that read, create, change and remove one kind of Exchange's objects, made from its table of settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..request import Step
from ..run.plan import Change, PlannedStep
from .settings import UNKNOWN, Settings, Values, is_set


@dataclass(frozen=True)
class Extra:
    """What a step writes beside settings: its parameters, how a plan says it, and the secrets that they refer to.

    The only way in for a credential. Made from what the age gate gave out, see send_connector/gate.py.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


NONE = Extra()


class Found(Protocol):
    """An object that is there."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def identity(self) -> str:
        """By what Exchange finds it."""

    @property
    def values(self) -> Values:
        """Its settings."""


@dataclass(frozen=True)
class ExchangeObject:
    """One kind of object: ``noun`` as its cmdlets are named, ``label`` as a person says it.

    ``identity`` are the properties that say which object it is; ``linked`` gives, for values that are changed, what has
    to be written together with them.
    """

    noun: str
    label: str
    settings: Settings
    identity: tuple[str, ...] = ("Name",)
    linked: Callable[[Values], Values] = lambda values: {}

    def read_step(self, extra: tuple[str, ...] = ()) -> Step:
        """The step that reads all of them, with these properties besides."""
        select = (*self.identity, *extra, *(row.prop for row in self.settings.read))
        return Step(f"read_{self.label.replace(' ', '_')}s", f"Get-{self.noun}", select=select)

    def create(self, name: str, want: Values, also: Extra = NONE) -> PlannedStep:
        """The step that makes a new one."""
        return self._step("create", "New", name, {"Name": name}, {}, given(want), also)

    def created(self, want: Values) -> Values:
        """What a new one then has: what it was given, and Exchange's known defaults."""
        values = {row.name: given(want).get(row.name, row.new_value) for row in self.settings.read}
        return {name: value for name, value in values.items() if value is not UNKNOWN}

    def change(self, found: Found, want: Values, also: Extra = NONE, verb: str = "change") -> PlannedStep | None:
        """The one step that gives it these values, or None where it has them already."""
        written = self.written(found.values, want)
        if not written and not also.parameters:
            return None
        return self._step(verb, "Set", found.name, {"Identity": found.identity}, found.values, written, also)

    def written(self, have: Values, want: Values) -> Values:
        """What a change writes: the values that differ, and what is linked with them."""
        taken = {name: value for name, value in want.items() if not self.settings[name].create_only}
        differing = self.settings.differing(have, taken)
        return {**differing, **self.linked(differing)}

    def changed(self, have: Values, want: Values) -> Values:
        """What it has after the change."""
        return {**have, **self.written(have, want)}

    def remove(self, found: Found) -> PlannedStep:
        """The step that removes it; what it was stands in the changes and in the saved state."""
        changes = tuple(Change(name, shown, None) for name, shown in self.settings.show(found.values).items())
        parameters = {"Identity": found.identity, "Confirm": False}
        return PlannedStep(f"remove {self.label}", found.name, f"Remove-{self.noun}", parameters, changes)

    def _step(
        self, verb: str, command: str, name: str, which: Mapping[str, Any], have: Values, written: Values, also: Extra
    ) -> PlannedStep:
        parameters = {**which, **self.settings.parameters(written), **also.parameters, "Confirm": False}
        changes = (*self.settings.changes(have, written), *also.changes)
        return PlannedStep(f"{verb} {self.label}", name, f"{command}-{self.noun}", parameters, changes)


def given(want: Values) -> Values:
    """What a new object is told: nothing of what is not set."""
    return {name: value for name, value in want.items() if is_set(value)}
