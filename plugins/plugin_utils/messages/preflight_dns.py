# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of DNS: what was found, without a full stop, and what to do."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {}
NOTICES: dict[str, str] = {
    # Why nobody told.
    "dns_too_late": "the time for all checks was over before it was asked",
    "dns_no_library": "the controller has no dnspython ({python} -m pip install dnspython)",
    "dns_no_resolver": "the controller has no DNS server of its own (/etc/resolv.conf)",
    "dns_error": "{kind}: {error}",
    "dns_silent": "no DNS server answered in time",
    "dns_refused": "the DNS server answered {told}",
    "dns_lies": "this resolver answers for names that do not exist",
    "dns_denies": "this resolver denies names that exist",
    "dns_idn": "the name is to be written as DNS has it, xn--...",
}
