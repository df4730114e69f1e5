# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A yes or no to the question whether a mailbox may log in at the smarthost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.sbs.mailflow.plugins.filter.account_age import account_age


def old_enough(mailbox: Any, now: Any = None) -> bool:
    """Whether the mailbox is old enough at ``now`` (default: the controller's clock)."""
    return bool(account_age(mailbox, now)["usable"])


class TestModule:
    """Ansible's entry."""

    def tests(self) -> dict[str, Callable[..., bool]]:
        """The tests of this file by name."""
        return {"old_enough": old_enough}
