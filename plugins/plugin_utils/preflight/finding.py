# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check comes to: one finding, by its result the worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FAIL, WARN, UNKNOWN, PASS = "fail", "warn", "unknown", "pass"
RESULTS = (FAIL, WARN, UNKNOWN, PASS)
"""The worst first. UNKNOWN: nobody told, as after SERVFAIL or silence; never a failure."""


@dataclass(frozen=True)
class Finding:
    """``found`` is what was found, in a few words without a full stop; ``remedy`` a sentence, empty where there is
    nothing to do. ``urgent``: who changes something is told, though it is UNKNOWN."""

    result: str
    found: str
    remedy: str = ""
    urgent: bool = False

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return RESULTS.index(self.result)


def joined(findings: Iterable[Finding]) -> Finding | None:
    """One finding of several about the same (a domain each): as bad as the worst, with what was found of all that are
    so bad. None where there is none."""
    found = list(findings)
    worst = [each for each in found if each.rank == min(other.rank for other in found)]
    if not worst:
        return None
    remedies = dict.fromkeys(each.remedy for each in worst if each.remedy)
    found_of_all = "; ".join(dict.fromkeys(each.found for each in worst))
    return Finding(worst[0].result, found_of_all, " ".join(remedies), any(each.urgent for each in worst))
