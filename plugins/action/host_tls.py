# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of a server's TLS: arguments in, result out. docs/host_tls.md tells what for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils.action.shell import MailflowAction, Task
from ..plugin_utils.errors import Reason
from ..plugin_utils.host_tls.desired import ACTION
from ..plugin_utils.host_tls.making import extra_seconds, make
from ..plugin_utils.mail_flow.run_wide import declared_for_roles, with_shared_options


class ActionModule(MailflowAction):
    """Brings the registry's values of TLS into their declared state.

    The Exchange shell is loaded only where its transport service is to be restarted, to see what waits in its queues.
    """

    tables = (ACTION,)
    _differing: Sequence[Reason] = ()

    def declared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, and the run's options as the run of all nouns has them: its preflight looks for what is saved
        here in the same folder."""
        arguments, self._differing = with_shared_options(arguments, declared_for_roles(self.variable), self.variable)
        return arguments

    def answer(self, task: Task) -> dict[str, Any]:
        """The result of a run for the declared values."""
        return self.run_subject(make(task.arguments, [*task.reasons, *self._differing], self.place(task)), task)

    def extra_seconds(self, arguments: Mapping[str, Any]) -> int:
        """The time that a restart may take."""
        return extra_seconds(arguments)
