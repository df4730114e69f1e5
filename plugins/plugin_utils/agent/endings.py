# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that ended without an answer: its exit code and its own words, and what they mean, a row each.

cmd.exe starts it, so the exit code is that of PowerShell, or a number of Windows where that never ran.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import NotStarted, Reason
from ..messages import notice_of, reason_of
from ..secrecy.scrubbing import Scrubber

TOO_LITTLE = (
    r"paging file|Auslagerungsdatei|nicht gen.gend (?:\w+ ){0,2}\w*(?:speicher|ressourcen|quote|kontingent)"
    "|zu wenig (?:Arbeits)?speicher"
)
"""Windows without memory; nicht genügend Berechtigungen is something else."""
WORDS = 120
"""Characters that are told of each of its outputs."""
_UNKNOWN = -1
"""What Ansible's plugin gives as exit code where it has heard none."""
_CLIXML = re.compile(r"#< CLIXML|<Objs\b")
_SPOKEN = re.compile(r'<S S="Error">(.*?)</S>', re.DOTALL)


@dataclass(frozen=True)
class Ending:
    """How a process ended."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def is_known(self) -> bool:
        """Whether it has ended at all, as far as the host has told."""
        return self.code != _UNKNOWN

    @property
    def number(self) -> str:
        """The exit code as it is looked up: that of a status of Windows in hexadecimal."""
        return str(self.code) if abs(self.code) <= 0xFFFF else f"0x{self.code & 0xFFFFFFFF:08X}"

    @property
    def text(self) -> str:
        """All of its words, to be looked through."""
        return f"{_words(self.stdout)} {_words(self.stderr)}"

    def told(self, hide: Scrubber) -> str:
        """It in a sentence, without secrets."""
        out, err = (f"'{hide.spoken(_words(each), WORDS)}'" for each in (self.stdout or self.stderr, self.stderr))
        told = notice_of("ending", code=self.number, beginning=out)
        return f"{told}{notice_of('ending_errors', beginning=err)}" if self.stdout and self.stderr else told


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


@dataclass(frozen=True)
class EndingKind:
    """One row: the key of its sentence, the exit codes, and the words in English and German."""

    key: str
    codes: frozenset[str]
    words: str = "(?!)"
    with_one: bool = False
    """Whether the words mean it with exit code 1 alone, which is what cmd.exe ends with where it started nothing."""

    def fits(self, ending: Ending) -> bool:
        """Whether a process has ended so."""
        said = bool(re.search(self.words, ending.text, re.IGNORECASE)) and (ending.code == 1 or not self.with_one)
        return said or ending.number in self.codes


MEANINGS = (
    EndingKind(
        "powershell_blocked",
        _codes("1260 0x800704EC 0xC0000361 0xC0000362 0xC0000363 0xC0000364"),
        "blocked by (?:group policy|your (?:system )?administrator)|software restriction polic|AppLocker"
        "|disabled by your administrator|durch den Administrator deaktiviert"
        "|Gruppenrichtlinie|Administrator (?:blockiert|geblockt)|Softwareeinschr",
    ),
    EndingKind(
        "powershell_infected",
        _codes("225 0x800700E1 0xC0000906"),
        "contains a virus|potentially unwanted|antivir(?:us|en)|Virus (?:oder|enth)|malicious",
    ),
    EndingKind(
        "powershell_constrained", _codes(""), "only on core types|ConstrainedLanguage|language mode|Kerntypen unterst"
    ),
    EndingKind(
        "powershell_no_room",
        _codes(
            "8 14 1450 1453 1455 1816 0x80070008 0x8007000E"
            " 0x800705AA 0x800705AF 0xC0000017 0xC000009A 0xC000012D 0xC0000044 0xC0000142 0xC00000FD"
        ),
        "not enough (?:storage|memory|quota|space)|insufficient (?:system )?resources|out ?of ?memory"
        f"|error 8007000e|{TOO_LITTLE}",
    ),
    EndingKind(
        "powershell_denied",
        _codes(""),
        "cannot execute the specified program|cannot access the specified|Programm nicht ausf|error 80070005"
        "|angegebene Ger.t",
    ),
    EndingKind(
        "powershell_denied",
        _codes("5 0x80070005 0xC0000022 0xC0000043 0xC00000A2"),
        "access is denied|Zugriff (?:wurde )?verweigert",
        with_one=True,
    ),
    EndingKind(
        "powershell_missing",
        _codes("9009 0x80070002 0x80070003"),
        "not recognized as an internal|falsch geschrieben|cannot find the (?:path|file) specified"
        "|kann de[nr] (?:angegebenen? )?(?:Pfad|Datei)",
    ),
    EndingKind(
        "powershell_damaged",
        _codes(
            "193 216 126 127 0xC0000005 0xC000007B 0xC0000135 0xC0000138"
            " 0xC0000139 0xC000001D 0xC0000221 0xC0000409 0xC0000374"
            " 0xE06D7363 0xC0000428 0xC06D007E 0x80131700 0x8007007E"
        ),
        "failed to initialize properly|Loading managed Windows PowerShell failed|shell cannot be started"
        "|type initializer|DLL (?:was not found|initialization failed)|valid Win32 application",
    ),
    EndingKind("powershell_ended", _codes("0xC000013A 0x40010004 0x40010005 1067 1115 0xC000026B")),
)


NOT_STARTED = "powershell_not_started"
"""The key of what no row recognises."""


def without_reply(ending: Ending, where: str, hide: Scrubber) -> Reason | None:
    """Why a process that took its input gave no answer; None where its ending does not tell."""
    key = _key(ending)
    return reason_of(key, where, ending=ending.told(hide)) if key else None


def not_started(ending: Ending, where: str, hide: Scrubber) -> NotStarted:
    """A process that ended before it had taken its input."""
    key = _key(ending) or NOT_STARTED
    return NotStarted(reason_of(key, where, ending=ending.told(hide)))


def _key(ending: Ending) -> str:
    return next((each.key for each in MEANINGS if each.fits(ending)), "")


def _words(output: bytes) -> str:
    """What an output says; of PowerShell's own form of errors the errors."""
    text = output.decode("utf-8", "replace")
    if not _CLIXML.search(text):
        return text
    return " ".join(_SPOKEN.findall(text)).replace("_x000D_", " ").replace("_x000A_", " ")
