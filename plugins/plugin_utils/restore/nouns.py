# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subject puts a saved state of each noun back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..address_rewrite.restore import RestoreAddresses
from ..controller.backup import Saved
from ..host_tls.restore import RestoreHostTls
from ..pop3_connector.restore import RestorePop3Connector
from ..receive_connector.restore import RestoreReceive
from ..run.restoring import Restoring
from ..send_connector.restore import RestoreConnectors
from ..transport.restore import RestoreTransport

SUBJECTS: Mapping[str, type[Restoring[Any, Any]]] = {
    "address_rewrite": RestoreAddresses,
    "host_tls": RestoreHostTls,
    "pop3_connector": RestorePop3Connector,
    RestorePop3Connector.noun: RestorePop3Connector,
    "receive_connector": RestoreReceive,
    "send_connector": RestoreConnectors,
    "transport": RestoreTransport,
}
"""By the noun that stands in the file: the states of smarthost_account are those of its send connector."""


def noun_of(saved: Saved) -> str:
    """What a saved state is of; of a backup on the host alone there is none."""
    return str(saved.content.get("noun", RestorePop3Connector.noun))
