# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a provider's server takes of TLS, probed from the controller."""

from __future__ import annotations

from .deadline import Deadline


class TlsProbe:
    """Connects to servers until the deadline; each place and offer once in a run."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
