# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's own certificates, with which Exchange offers TLS to those who deliver to it."""

from __future__ import annotations

from datetime import timedelta

from ..messages import notice_of
from ..receive_connector.certificates import STEP, SmtpCertificate, parse_certificates
from .check import Check
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding
from .situation import Situation
from .told import reads, reply_of

DAYS = 30
SOON = timedelta(days=DAYS)
"""A certificate that ends within that time is to be renewed."""


def _certificates(situation: Situation) -> Finding:
    found = parse_certificates(reply_of(situation))
    if found is None:
        return Finding(UNKNOWN, notice_of("smtp_certificate_untold"))
    if not found:
        return Finding(WARN, notice_of("smtp_certificate_none"), notice_of("smtp_certificate_renew"))
    # One that was renewed stays beside the new one.
    soon = [each for each in found if not _lasts(situation, each) and not _is_renewed(situation, each, found)]
    if not soon:
        return Finding(PASS, notice_of("smtp_certificate", names=_names(found)))
    over = [each for each in soon if each.until and each.until <= situation.now]
    if over:
        return Finding(
            FAIL, notice_of("smtp_certificate_over", names=_names(over)), notice_of("smtp_certificate_renew")
        )
    until = min(each.until for each in soon if each.until).date()
    found_soon = notice_of("smtp_certificate_soon", names=_names(soon), until=until)
    return Finding(WARN, found_soon, notice_of("smtp_certificate_renew"))


def _lasts(situation: Situation, certificate: SmtpCertificate) -> bool:
    return certificate.until is None or certificate.until - situation.now >= SOON


def _is_renewed(situation: Situation, one: SmtpCertificate, others: tuple[SmtpCertificate, ...]) -> bool:
    """Whether another one has all of its names, and lasts."""
    return any(set(one.names) <= set(other.names) and _lasts(situation, other) for other in others)


def _names(certificates: tuple[SmtpCertificate, ...] | list[SmtpCertificate]) -> str:
    return ", ".join(dict.fromkeys(name for each in certificates for name in each.names)) or "-"


ROWS: tuple[Check, ...] = (
    # Stops nothing: mail goes out without it, and comes in without TLS.
    Check(
        "smtp_certificate",
        "exchange",
        f"a certificate for SMTP that is valid for {DAYS} days more, with which Exchange offers STARTTLS",
        "Get-ExchangeCertificate (Microsoft: events 12014, 12016 of MSExchangeTransport)",
        _certificates,
        reads=reads(STEP),
    ),
)
