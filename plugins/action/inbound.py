# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that checks whether mail comes in the way it is declared for each domain: a preflight of that alone."""

from __future__ import annotations

from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.errors import refuse
from ..plugin_utils.inbound.desired import ACTION, NOUN, WHERE, parse_desired
from ..plugin_utils.messages import reason_of
from ..plugin_utils.preflight.catalogue import BY_NAME
from ..plugin_utils.preflight.desired import ACTION as PREFLIGHT
from ..plugin_utils.preflight.desired import NOUN as WATCHER
from ..plugin_utils.preflight.desired import parse_desired as parse_preflight
from ..plugin_utils.preflight.making import make
from ..plugin_utils.run.render import as_looked


class ActionModule(MailflowAction):
    """Looks at a host, and asks DNS; changes nothing."""

    tables = (ACTION, PREFLIGHT)
    writes = False

    def answer(self, task: Task) -> dict[str, Any]:
        """One row a check, the worst first. Which of them are accepted, and whom they ask, is declared for the role of
        the preflight."""
        reasons = [*task.reasons]
        place = self.place(task)
        inbound = parse_desired(task.arguments, reasons, place.spelling(NOUN, WHERE))
        declared = {each.name: self.variable(f"{WATCHER}_{each.name}") for each in PREFLIGHT.options}
        preflight = parse_preflight({**declared, "only": [NOUN]}, reasons, BY_NAME)
        if not inbound.domains and not reasons:
            reasons.append(reason_of("inbound_nothing_declared", WHERE))
        refuse(reasons)
        done = self.run_subjects([], task, [make(preflight, [], place, inbound, alone=True)])
        if done.error is not None:
            raise done.error
        return as_looked(done.watched[WATCHER])
