# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules have that may load an Exchange shell."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that modules share."""

    DOCUMENTATION = r"""
---
# BEGIN written by scripts/reference
options:
  exchange_connection:
    description:
      - 'How the agent reaches Exchange''s cmdlets: the snap-in on the host, or a session to the host''s
        own V(Microsoft.Exchange) endpoint, which needs O(exchange_login).'
    type: str
    choices:
      - snapin
      - endpoint
    default: snapin
  exchange_uri:
    description:
      - The endpoint's address; by default V(http://localhost/PowerShell/).
    type: str
  exchange_login:
    description:
      - The account for O(exchange_connection=endpoint), which the snap-in does not need.
    type: dict
    suboptions:
      username:
        description:
          - The account, as V(NT4ADMINS\\Administrator).
        required: true
        type: str
      password:
        description:
          - Its password, from ansible-vault.
        required: true
        type: str
# END written by scripts/reference
"""
