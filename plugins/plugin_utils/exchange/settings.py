# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings as rows: read, compared, shown, saved and loaded by one mechanism, whatever has them."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..controller import backup
from ..options.option import Option
from ..options.values import Unreadable
from ..run.plan import Change

ALL = ("2010", "2013", "2016", "2019", "SE")

Values = dict[str, Hashable]
"""Option -> canonical value."""


class _Unknown:
    """Microsoft does not document it."""

    def __repr__(self) -> str:
        return "not documented"


UNKNOWN: Any = _Unknown()


@dataclass(frozen=True, kw_only=True)
class Setting(Option):
    """One setting: the option in the inventory and the property ``prop`` of the same meaning.

    ``new_value`` is what Exchange 2010 gives a new object (canonical form), UNKNOWN where Microsoft does not say.
    ``create_only`` settings are taken on creation alone and never shown, ``secret`` ones are written and never read.
    ``nullable``: whether Exchange knows the setting without a value.
    """

    prop: str
    new_value: Any = UNKNOWN
    versions: tuple[str, ...] = ALL
    create_only: bool = False
    nullable: bool = False

    def on_host(self, printed: Any) -> Hashable:
        """The value that a host printed; never raises."""
        value = self.kind.host(printed)
        return self.kind.nothing if value is None else value

    def shown(self, value: Hashable) -> Any:
        """A value for a person (plain JSON)."""
        return self.kind.show(value) if is_set(value) else None

    def parameter(self, value: Hashable) -> Any:
        """A value as a cmdlet takes it. What has several values is emptied with $null, not with an empty list."""
        return self.kind.parameter(value) if is_set(value) else None

    def can_be_declared(self, value: Hashable, rounded: bool) -> bool:
        """Whether a restore can ask for this value: it was understood, all of it, or ``rounded`` as Exchange does."""
        if not is_set(value):
            return self.nullable or value is not None
        try:
            return self.kind.parse(self.kind.show(value)) == value or (rounded and not isinstance(value, Unreadable))
        except ValueError:
            return False


def is_set(value: Hashable) -> bool:
    """False for what Exchange shows as nothing: no value, or a property of several values without any."""
    return value not in (None, frozenset())


class Settings:
    """All settings of one kind of object, in the order in which they are shown. ``settings[name]`` is a row."""

    def __init__(self, *rows: Setting) -> None:
        self.rows = rows
        self.read = tuple(row for row in rows if not row.create_only and not row.secret)
        """The rows that a host shows, and that are compared."""
        self._by_name = {row.name: row for row in rows}

    def __iter__(self) -> Iterator[Setting]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Setting:
        return self._by_name[name]

    def parse(self, data: Mapping[str, Any]) -> Values:
        """The values that a host printed; what cannot be read is kept as Unreadable."""
        return {row.name: row.on_host(data.get(row.prop)) for row in self.read}

    def differing(self, have: Values, want: Values) -> Values:
        """The wanted values that are others than those that are there."""
        names = (row.name for row in self.rows if row.name in want)
        return {name: want[name] for name in names if have.get(name) != want[name]}

    def changes(self, have: Values, want: Values) -> tuple[Change, ...]:
        """The same as a plan says it."""
        return tuple(
            Change(name, self[name].shown(have.get(name)), self[name].shown(value))
            for name, value in self.differing(have, want).items()
        )

    def parameters(self, values: Values) -> dict[str, Any]:
        """Values as a cmdlet takes them."""
        return {self[name].prop: self[name].parameter(value) for name, value in values.items()}

    def show(self, values: Values) -> dict[str, Any]:
        """Values for a person; what is not known or not set is left out."""
        return {row.name: row.shown(values[row.name]) for row in self.rows if is_set(values.get(row.name))}

    def save(self, values: Values, rounded: bool = False) -> dict[str, Any]:
        """Values as readable JSON, and the names of those that are not set, and of those that cannot be asked for again
        (``rounded`` ones can)."""
        readable = {name: value for name, value in values.items() if self[name].can_be_declared(value, rounded)}
        return {
            "settings": self.show(readable),
            "not_set": sorted(name for name, value in readable.items() if not is_set(value)),
            "unreadable": sorted(set(values) - set(readable)),
        }

    def load(self, data: Mapping[str, Any], not_set: Collection[str]) -> Values:
        """The values that were saved. What is not named, since the file is older than the row, is left out.

        Raises ValueError, KeyError or TypeError where the file was edited into nonsense.
        """
        left = backup.texts(data["unreadable"])
        told = {name: value for name, value in {**data["settings"]}.items() if name not in left}
        return {
            row.name: backup.setting(row.kind, told[row.name]) if row.name in told else row.kind.nothing
            for row in self.read
            if row.name in told or row.name in not_set
        }
