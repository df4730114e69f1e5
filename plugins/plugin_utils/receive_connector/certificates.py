# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names for which this server has a certificate that SMTP uses: without one Exchange offers no STARTTLS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..lenient import moment, text, texts
from ..request import DONE, Reply, Step

STEP = Step(
    "read_exchange_certificates",
    "Get-ExchangeCertificate",
    select=("CertificateDomains", "Services", "NotAfter", "Subject"),
    always=True,
)


@dataclass(frozen=True)
class SmtpCertificate:
    """A certificate that SMTP uses: the names in it (small letters), and until when it is valid (None: not told)."""

    names: tuple[str, ...]
    until: datetime | None = None

    def fits(self, name: str | None, now: datetime) -> bool:
        """Whether it is valid, and for a name; None: for whatever name."""
        parent = (name or "").partition(".")[2]
        named = name is None or name in self.names or f"*.{parent}" in self.names
        return named and (self.until is None or now < self.until)


def parse_certificates(reply: Reply) -> tuple[SmtpCertificate, ...] | None:
    """The certificates of a reply that SMTP uses; None where the host could not tell."""
    result = reply.result(STEP.id)
    if result.status != DONE:
        return None
    return tuple(_certificate(row) for row in result.output if "smtp" in _services(row))


def _services(row: Mapping[str, Any]) -> Sequence[str]:
    return [each.strip().lower() for each in (text(row.get("Services")) or "").split(",")]


def _certificate(row: Mapping[str, Any]) -> SmtpCertificate:
    names = [each.lower() for each in texts(row.get("CertificateDomains"))]
    subject = (text(row.get("Subject")) or "").partition(",")[0].strip().lower()
    common = [subject.removeprefix("cn=")] if subject.startswith("cn=") else []
    return SmtpCertificate(tuple(dict.fromkeys((*names, *common))), moment(row.get("NotAfter")))
