# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection's plugins share. Each of them imports this first."""

from __future__ import annotations

from ansible.release import __version__

from .core import require

require(__version__)
