# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that checks whether a server's mail can reach its goal: all declared nouns are read and decided as in a
check, nothing is written. docs/flow.md tells the way between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.errors import HostRefused, NotTried, Reason, refusal_of
from ..plugin_utils.inbound.desired import ACTION as INBOUND
from ..plugin_utils.inbound.desired import WHERE as WAYS
from ..plugin_utils.mail_flow.declarations import make_subjects, parse_inbound
from ..plugin_utils.mail_flow.nouns import NOUNS
from ..plugin_utils.mail_flow.run_wide import declared_for_roles, inbound_for_role, with_shared_options
from ..plugin_utils.preflight.catalogue import BY_NAME
from ..plugin_utils.preflight.desired import ACTION, NOUN, WHERE, parse_desired
from ..plugin_utils.preflight.making import make
from ..plugin_utils.run.outcome import Run
from ..plugin_utils.run.render import as_looked


class ActionModule(MailflowAction):
    """Looks at a host, and asks DNS and the providers; changes nothing."""

    tables = (ACTION, INBOUND, *(each.action for each in NOUNS.values()))
    writes = False
    _differing: Sequence[Reason] = ()

    def declared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with what is declared for the roles of the nouns, and the run's options where they declare
        them."""
        nouns = declared_for_roles(self.variable)
        arguments, self._differing = with_shared_options(arguments, nouns, self.variable)
        inbound = inbound_for_role(self.variable)
        return {**arguments, **nouns, **({INBOUND.name: inbound} if inbound else {})}

    def answer(self, task: Task) -> dict[str, Any]:
        """One row a check, the worst first."""
        reasons = [*task.reasons, *self._differing]
        declarations = {noun: each for noun in NOUNS if isinstance(each := task.arguments.get(noun), dict)}
        own = {name: value for name, value in task.arguments.items() if name not in (*NOUNS, INBOUND.name)}
        place = self.place(task, {**declarations, INBOUND.name: task.arguments.get(INBOUND.name) or {}})
        desired = parse_desired(own, reasons, BY_NAME, place.spelling(NOUN, WHERE))
        inbound = parse_inbound(task.arguments, reasons, place.spelling(INBOUND.name, WAYS))
        subjects = make_subjects(declarations, reasons, place, inbound)
        done = self.run_subjects(subjects, task, [make(desired, subjects, place, inbound, alone=True)])
        if done.error is not None:
            raise done.error
        looked = done.watched[NOUN]
        reasons = [*(looked.error.reasons if looked.error else ()), *_refusals(done, task.host)]
        return as_looked(replace(looked, error=refusal_of(dict.fromkeys(reasons), HostRefused)))


def _refusals(done: Run, where: str) -> Iterator[Reason]:
    """Why nothing would come of what is declared: what a noun itself is refused for is no check, and no less in its
    way."""
    for noun, outcome in done.outcomes.items():
        if outcome.error is not None and not isinstance(outcome.error, NotTried):
            for reason in outcome.error.reasons:
                yield replace(reason, where=f"{where}, {noun}") if reason.where == where else reason
