# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host says, for playbooks that print it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# By its full name: the checkout's filter_plugins links to this file, and a relative import would not find its way.
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.visible import visible_data


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter of this file by its name."""
        return {"visible": visible_data}
