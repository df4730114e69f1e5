# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pop3_connector_fetch
version_added: 0.1.0
description:
  - Starts C(Pop3Connector.exe -downloadNow) on the host, and shows the connector's service and the end of its newest
    log.
  - The connector deletes at the provider what it has fetched. A provider may refuse logins that come too often.
  - Waiting messages are counted before and after, so that RV(ignore:changed) shows whether anything was fetched.
attributes:
  diff_mode:
    support: none
notes:
  - Needs no Exchange shell.
seealso:
  - module: sbs.mailflow.pop3_connector
# BEGIN written by scripts/reference
short_description: Let the SBS POP3 connector fetch at once
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.ledger
  - sbs.mailflow.options.pop3_look
  - sbs.mailflow.options.pop3_place
options:
  start:
    description:
      - Start a fetch; V(false) only reads, as check mode does.
    type: bool
    default: true
  wait_seconds:
    description:
      - The seconds to wait for the program. After that it continues to run.
    type: int
    default: 30
  count_waiting:
    description:
      - Ask each provider before and after the fetch how many messages are waiting, with the stored passwords,
        which do not leave the host. A provider that requires a pause between logins, by the packaged
        table or as declared when a login was last tested, is not asked, nor one in clear text without
        O(confirm_clear_text).
    type: bool
    default: true
  key_map:
    description:
      - The key map of the host's file, as O(sbs.mailflow.pop3_connector#module:key_map); without it the
        port determines whether a connection uses TLS.
    type: dict
  log_lines:
    description:
      - The number of lines of the newest log to show.
    type: int
    default: 50
  program:
    description:
      - The path of the connector's program, if it is not the default.
    type: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Fetch now
  sbs.mailflow.pop3_connector_fetch:
    key_map: "{{ pop3_connector_key_map | default(omit) }}"

- name: Only look
  sbs.mailflow.pop3_connector_fetch:
    start: false
    log_lines: 200
"""

RETURN = r"""
---
fetch:
  description: The C(program), whether it has C(started), and its C(exit_code); V(null) there means that it is still
    running. V(null) altogether where none was started.
  returned: success
  type: dict
mailboxes:
  description: Of each account C(server), C(port) and C(username), how many messages were waiting C(before)
    and C(after) the fetch (V(null) if not checked, C(text) states why), and the C(outcome), one of V(nothing_waited),
    V(taken), V(partly_taken), V(nothing_taken), V(others_came) (so the result is unknown) and V(not_asked).
  returned: success
  type: list
  elements: dict
bad_mail:
  description: The C(folder) of messages that the connector could not deliver, and how many C(messages) are
    there. Its path is assumed.
  returned: success
  type: dict
service:
  description: The connector's service, C(name), C(exists) and C(status).
  returned: success
  type: dict
log:
  description: The newest log, C(folder), C(name) (V(null) without one), C(last_write_time), C(length) and its last
    C(lines) as plain text. What they mean is not publicly known; what follows PASS in one is hidden.
  returned: success
  type: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
