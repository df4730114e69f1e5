# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of mail providers: a packaged table of facts (data/mail_providers.json, see data/NOTICE.md)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).parent / "data" / "mail_providers.json"


@lru_cache(maxsize=1)
def providers() -> dict[str, dict[str, Any]]:
    """Provider key (``strato``) -> its row: display_name, smtp and pop3 servers, starttls_port."""
    table: dict[str, dict[str, Any]] = json.loads(_TABLE.read_text(encoding="ascii"))["providers"]
    return table


def starttls_port(smtp_host: str) -> int | None:
    """The port on which a provider's SMTP server is known to offer STARTTLS, or None where it is not known."""
    for row in providers().values():
        for server in row["smtp"] or ():
            if server["host"] == smtp_host.lower() and server["socket"] == "STARTTLS":
                return int(server["port"])
    return None
