# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that tells how far a change of the way in has come, and what is next. It writes nothing and keeps nothing;
a mail is sent only where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..plugin_utils.action.place import Context
from ..plugin_utils.action.shell import MailflowAction, Task, now
from ..plugin_utils.errors import HostRefused, Reason, collect, refuse
from ..plugin_utils.inbound_plan.desired import ACTION, NOUN, WHERE, Desired, parse_desired
from ..plugin_utils.inbound_plan.look import Looked, Looking
from ..plugin_utils.inbound_plan.reading import Asked
from ..plugin_utils.lenient import texts
from ..plugin_utils.mail_flow.declarations import make_subjects
from ..plugin_utils.mail_flow.nouns import NOUNS
from ..plugin_utils.mail_flow.run_wide import declared_for_roles, with_shared_options
from ..plugin_utils.messages import reason_of
from ..plugin_utils.options.values import is_true
from ..plugin_utils.pop3_connector.desired import Desired as Pop3
from ..plugin_utils.pop3_connector.key_map import KeyMap, parse_key_map
from ..plugin_utils.pop3_connector.subject import Pop3ConnectorSubject
from ..plugin_utils.pop3_connector.task import FetchTask
from ..plugin_utils.preflight.desired import Desired as Preflight
from ..plugin_utils.preflight.making import declared_of
from ..plugin_utils.run.render import as_failure

KEY_MAP = "pop3_connector_key_map"
"""It is the host's, whether accounts are declared or not."""
TAKES_PART = ("send_connector", "smarthost_account", "pop3_connector")
"""The nouns of which the plan wants to know what is declared: by which way mail leaves, and what is fetched."""


class ActionModule(MailflowAction):
    """Looks at a host and asks DNS; changes nothing."""

    tables = (ACTION,)
    writes = False
    _differing: Sequence[Reason] = ()

    def declared(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with what is declared for the roles of the nouns, and the run's options where they declare
        them."""
        nouns = {noun: each for noun, each in declared_for_roles(self.variable).items() if noun in TAKES_PART}
        arguments, self._differing = with_shared_options(arguments, nouns, self.variable)
        return {**nouns, **arguments}

    def extra_seconds(self, arguments: Mapping[str, Any]) -> int:
        """A mail to oneself is waited for, for each domain."""
        told, domains = arguments.get("wait_seconds"), arguments.get("domains")
        waits = int(told) if str(told).isdecimal() else Desired.wait_seconds
        number = len(domains) if isinstance(domains, list) else 1
        return number * (waits + 60) if is_true(arguments.get("send_mail")) else 0

    def answer(self, task: Task) -> dict[str, Any]:
        """The plan of each domain."""
        reasons = [*task.reasons, *self._differing]
        declarations = {noun: each for noun in TAKES_PART if isinstance(each := task.arguments.get(noun), dict)}
        own = {name: value for name, value in task.arguments.items() if name not in NOUNS}
        place = self.place(task, declarations)
        desired = parse_desired(own, reasons, place.spelling(NOUN, WHERE), now())
        key_map = collect(reasons, parse_key_map, place.variable(KEY_MAP), KEY_MAP) or KeyMap()
        refuse(reasons)
        looked = _looking(desired, declarations, place, task, key_map).look(self.session(task))
        return _result(looked, desired, task.host)


def _looking(desired: Desired, declarations: Mapping[str, Any], place: Context, task: Task, key_map: KeyMap) -> Looking:
    """The look of a task. Raises InputRefused."""
    subjects = make_subjects(declarations, [], place)
    pop3 = next((each.desired for each in subjects if isinstance(each, Pop3ConnectorSubject)), Pop3())
    declared = declared_of(Preflight(), subjects, place, foretells=True)
    name = pop3.fetch_task.name if pop3.fetch_task else FetchTask("present", 0).name
    known = tuple(texts(place.variable("receive_connector_known_relays")))
    task_step = FetchTask("present", 0, name)
    asked = Asked(declared, declared.pop3_place, task_step, declared.other_collectors, known, desired.days)
    return Looking(desired, asked, task.options.shell, now, key_map, desired.send_mail and not task.check_mode)


def _result(looked: Looked, desired: Desired, host: str) -> dict[str, Any]:
    found = looked.as_data()
    result = {"changed": False, **found, "said": found["lines"]}
    reasons = [
        reason_of("plan_is_urgent", f"{host}, {domain}", found=text.rstrip(".")) for domain, text in looked.urgent
    ]
    if desired.fail_on_urgent and reasons:
        result |= as_failure(HostRefused(*reasons).reasons)
    return {**result, "warnings": list(looked.warnings)} if looked.warnings else result
