# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether ansible-core and Python are new enough, before anything is imported that an older one does not have.

``requires_ansible`` in meta/runtime.yml makes Ansible warn at most, and of a checkout not even that.
"""

from __future__ import annotations

import re
import sys

CORE = (2, 19)
PYTHON = (3, 11)


def require(core: str, python: tuple[int, ...] = sys.version_info[:3]) -> None:
    """Raises AnsibleError where one of them is too old. What is no number counts as new."""
    found = re.match(r"(\d+)\.(\d+)", core)
    if (found and tuple(map(int, found.groups())) < CORE) or python < PYTHON:
        from ansible.errors import AnsibleError

        raise AnsibleError(
            f"sbs.mailflow: found ansible-core {core} on Python {_dotted(python)}; expected core {_dotted(CORE)}"
            f" on Python {_dotted(PYTHON)}, or newer. Run 'make setup' in the project's folder, which installs both in"
            " .venv; or install a newer ansible-core (ansible --version shows which one runs). Nothing was done."
        )


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
