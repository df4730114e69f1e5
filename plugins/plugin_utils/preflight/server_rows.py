# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the server is well in what is not mail: its directory, its shares, its licences."""

from __future__ import annotations

import re

from ..agent import host_facts
from ..lenient import first, is_of, number
from ..messages import notice_of
from ..request import Step
from .check import Check
from .finding import PASS, WARN, Finding
from .situation import Situation
from .told import host, not_running, reads, untold

DIRECTORY_SERVICES = ("NTDS", "Netlogon", "kdc", "DNS", "W32Time")
DIRECTORY = Step(
    "preflight_directory", "Get-ServiceList", {"Names": list(DIRECTORY_SERVICES)}, ("Name", "DisplayName", "Status")
)
SERVER = Step("preflight_server", "Get-ServerState", select=("Shares", "LicenceStatus", "DcdiagSilent"))
TRIAL = Step("preflight_trial", "Get-ExchangeServer", select=("Name", "RemainingTrialPeriod", "IsExchangeTrialEdition"))
SHARES = ("SYSVOL", "NETLOGON")
LICENSED = 1
TRIAL_DAYS = 30


def _is_controller(situation: Situation) -> bool | None:
    """Whether the server has a directory of its own; None: not told."""
    names = {str(row.get("Name")).lower() for row in situation.rows(DIRECTORY.id)}
    return "ntds" in names if situation.was_told(DIRECTORY.id) else None


def _directory(situation: Situation) -> Finding | None:
    controller = _is_controller(situation)
    if not controller:
        return untold() if controller is None else None
    stopped = not_running(situation, DIRECTORY.id, DIRECTORY_SERVICES)
    if not stopped:
        return Finding(PASS, notice_of("check_directory_runs"))
    found = notice_of("check_directory_stopped", names=", ".join(stopped))
    return Finding(WARN, found, notice_of("remedy_directory"))


def _shares(situation: Situation) -> Finding | None:
    controller, shares = _is_controller(situation), first(situation.rows(SERVER.id)).get("Shares")
    if controller is False:
        return None
    if controller is None or not isinstance(shares, list):
        return untold()
    there = {str(each).upper() for each in shares}
    missing = ", ".join(name for name in SHARES if name not in there)
    if missing:
        return Finding(WARN, notice_of("check_shares_missing", names=missing), notice_of("remedy_directory"))
    return Finding(PASS, notice_of("check_shares"))


def _dcdiag(situation: Situation) -> Finding | None:
    if _is_controller(situation) is False:
        return None
    silent = first(situation.rows(SERVER.id)).get("DcdiagSilent")
    if not is_of(bool, silent):
        return untold()
    if silent:
        return Finding(PASS, notice_of("check_dcdiag_silent"))
    return Finding(WARN, notice_of("check_dcdiag_speaks"), notice_of("remedy_dcdiag"))


def _licence(situation: Situation) -> Finding:
    status = number(first(situation.rows(SERVER.id)).get("LicenceStatus"))
    if status is None:
        return untold()
    if status == LICENSED:
        return Finding(PASS, notice_of("check_licence"))
    return Finding(WARN, notice_of("check_licence_missing", status=status), notice_of("remedy_licence"))


def _trial(situation: Situation) -> Finding | None:
    """Of the host itself; None where its Exchange does not tell, as older ones may not."""
    name = str(host(situation).get("ComputerName")).lower()
    own = first(row for row in situation.rows(TRIAL.id) if str(row.get("Name")).lower() == name)
    if own.get("IsExchangeTrialEdition") is False:
        return Finding(PASS, notice_of("check_trial_none"))
    days = _days(own.get("RemainingTrialPeriod"))
    if days is None or own.get("IsExchangeTrialEdition") is not True:
        return None
    found = notice_of("check_trial", days=days)
    return Finding(PASS, found) if days >= TRIAL_DAYS else Finding(WARN, found, notice_of("remedy_trial"))


def _days(span: object) -> int | None:
    """The whole days of a time span, ``119.23:59:59``; 0 where it is over."""
    found = re.fullmatch(r"(-)?(?:(\d{1,6})\.)?\d\d:\d\d:\d\d(?:\.\d+)?", str(span), re.ASCII)
    return None if found is None else 0 if found[1] else int(found[2] or 0)


ROWS: tuple[Check, ...] = (
    Check(
        "directory",
        "server",
        "the services of Active Directory run on a domain controller",
        f"the services {', '.join(DIRECTORY_SERVICES)}",
        _directory,
        reads=reads(DIRECTORY),
    ),
    Check(
        "shares",
        "server",
        "SYSVOL and NETLOGON are shared by a domain controller",
        "Win32_Share",
        _shares,
        reads=reads(DIRECTORY, SERVER),
    ),
    Check(
        "dcdiag",
        "server",
        "a domain controller of which dcdiag finds nothing to say",
        "dcdiag /q",
        _dcdiag,
        reads=reads(DIRECTORY, SERVER),
    ),
    Check("licence", "server", "Windows is licensed", "SoftwareLicensingProduct", _licence, reads=reads(SERVER)),
    Check(
        "trial",
        "server",
        f"no trial edition of Exchange with less than {TRIAL_DAYS} days left",
        "Get-ExchangeServer",
        _trial,
        reads=reads(host_facts.STEP, TRIAL),
    ),
)
