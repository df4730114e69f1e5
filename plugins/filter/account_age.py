# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The age gate's face in playbooks. The rule itself is in plugin_utils/account_age.py, and every action that writes
a smarthost login asks it again; what a playbook does with this filter's answer decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleFilterError

# By its full name: the checkout's filter_plugins links to this file, and a relative import would not find its way.
from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Mailbox, parse_mailbox, parse_now
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import WishRefused


def account_age(login: Any, now: Any = None) -> dict[str, Any]:
    """The age of the mailbox of a ``login`` mapping at ``now`` (default: the controller's clock), as plain data.

    Raises AnsibleFilterError with every reason; a value is never repeated there, since it may hold a password.
    """
    if not isinstance(login, Mapping):
        raise AnsibleFilterError(f"account_age: found a {type(login).__name__}, expected a mapping with created")
    try:
        moment = datetime.now(UTC) if now is None else parse_now(now, login.get("time_zone"), "account_age, now")
        data = {**login, "address": login.get("address") or login.get("username")}
        return _told(parse_mailbox(data, moment, "account_age"), moment)
    except WishRefused as refused:
        raise AnsibleFilterError("\n".join(str(reason) for reason in refused.reasons)) from refused


def _told(mailbox: Mailbox, now: datetime) -> dict[str, Any]:
    return {
        "address": mailbox.address,
        "days": round(mailbox.age_days(now), 3),
        "minimum_age_days": mailbox.minimum_age_days,
        "usable": mailbox.usable_at(now),
        "usable_from": mailbox.usable_from.astimezone(mailbox.zone).isoformat(),
        "days_left": mailbox.days_left(now),
    }


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of this file by name."""
        return {"account_age": account_age}
