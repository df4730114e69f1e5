# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of a server's whole mail flow: all declared nouns in one run. docs/flow.md tells the way between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.errors import Reason
from ..plugin_utils.inbound.desired import ACTION as INBOUND
from ..plugin_utils.inbound.desired import WHERE as WAYS
from ..plugin_utils.mail_flow.declarations import (
    ACTION,
    Declarations,
    chosen,
    extra_seconds,
    make_subjects,
    parse_declarations,
    parse_inbound,
    parse_preflight,
)
from ..plugin_utils.mail_flow.nouns import NOUNS
from ..plugin_utils.mail_flow.run_wide import with_run_options
from ..plugin_utils.messages import notice_of
from ..plugin_utils.preflight.desired import ACTION as PREFLIGHT
from ..plugin_utils.preflight.desired import NOUN, WHERE
from ..plugin_utils.preflight.making import make
from ..plugin_utils.run.result import as_several


class ActionModule(MailflowAction):
    """Brings all that is declared of a server's mail flow into that state."""

    tables = (ACTION, PREFLIGHT, INBOUND, *(each.action for each in NOUNS.values()))
    _differing: Sequence[Reason] = ()

    def declared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, and the run's options where they are declared for the roles of nouns that take part."""
        arguments, self._differing = with_run_options(arguments, _declarations(arguments, [])[1], self.variable)
        if arguments.get(INBOUND.name):
            # Last, since the role has defaults: those of nobody count against what a noun declares.
            arguments, _one = with_run_options(arguments, [INBOUND.name], self.variable)
        return arguments

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for all nouns; each noun's own is told whatever comes of it."""
        reasons = [*task.reasons, *self._differing]
        declared, declarations = _declarations(task.arguments, reasons)
        told = task.arguments.get(INBOUND.name)
        place = self.place(task, {**declared, INBOUND.name: told} if isinstance(told, Mapping) else declared)
        preflight = parse_preflight(task.arguments, reasons, place.spelling(NOUN, WHERE))
        inbound = parse_inbound(task.arguments, reasons, place.spelling(INBOUND.name, WAYS))
        subjects = make_subjects(declarations, reasons, place, inbound)
        done = self.run_subjects(subjects, task, [make(preflight, subjects, place, inbound)])
        return as_several(ACTION.name, done, task.diff, task.host, tuple(self._unused(declarations)))

    def extra_seconds(self, arguments: Mapping[str, Any]) -> int:
        """What all nouns add to the time limit."""
        return extra_seconds(_declarations(arguments, [])[1])

    def _unused(self, declarations: Mapping[str, Any]) -> Iterator[str]:
        """That variables declare a connector twice, and which of them have no effect."""
        if "smarthost_account" in declarations:
            found = self.variables("send_connector_", but=("send_connector_known_routes",))
            if found:
                yield notice_of("connector_unused", names=", ".join(found))


def _declarations(arguments: Mapping[str, Any], reasons: list[Reason]) -> tuple[Declarations, Declarations]:
    """What is declared, and what of it takes part."""
    declared = parse_declarations(arguments, reasons)
    return declared, chosen(declared, arguments, reasons)
