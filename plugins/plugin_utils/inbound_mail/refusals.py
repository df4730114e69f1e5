# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this server's receive connectors have refused, by the code of the answer: its class, how bad that is for
whom, and what to do. The words beside a code are in nobody's hands (a filter has its own): the codes alone decide."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..lenient import first, inside, moment, number, text
from ..messages import notice_of
from ..messages.visible import folded
from ..receive_connector.places import LAN, OWN, place_of
from .states import HEALTHY, LOSING, NOTICED, STUCK


@dataclass(frozen=True)
class ReceiveClass:
    """One class of refusals: the state that it is enough for where a client of the internet, or one of the LAN, was
    refused so, and the keys of what it means and of what to do."""

    internet: str
    lan: str
    meaning: str
    remedy: str


CLASSES: Final[dict[str, ReceiveClass]] = {
    "pressure": ReceiveClass(STUCK, STUCK, "look_pressure", "look_do_pressure"),
    "stopped": ReceiveClass(STUCK, STUCK, "look_paused", "look_do_paused"),
    "auth": ReceiveClass(STUCK, NOTICED, "look_auth", "look_do_auth"),
    "tls": ReceiveClass(NOTICED, NOTICED, "look_tls", "look_do_tls"),
    "login": ReceiveClass(NOTICED, NOTICED, "look_login", "look_do_login"),
    "relay": ReceiveClass(HEALTHY, NOTICED, "look_relay", "look_do_relay"),
    "unknown": ReceiveClass(HEALTHY, NOTICED, "look_recipient", "look_do_recipient"),
    "size": ReceiveClass(NOTICED, NOTICED, "look_size", "look_do_size"),
    "loop": ReceiveClass(NOTICED, NOTICED, "look_loop", "look_do_loop"),
    "many": ReceiveClass(HEALTHY, NOTICED, "look_many", "look_do_many"),
    "filter": ReceiveClass(HEALTHY, NOTICED, "look_filter", "look_do_filter"),
    "dropped": ReceiveClass(HEALTHY, HEALTHY, "look_dropped", "look_do_dropped"),
    "protocol": ReceiveClass(HEALTHY, NOTICED, "look_protocol", "look_do_protocol"),
    "other": ReceiveClass(NOTICED, NOTICED, "look_other", "look_do_other"),
}
"""The most urgent first. Strangers who try to relay or guess recipients are every server's daily bread."""
_ROWS: Final = (
    (r"4\d\d 4\.3\.1", "pressure"),
    (r"4\d\d 4\.3\.2", "stopped"),
    (r"530 5\.7\.0", "tls"),
    (r"530\b.*", "auth"),
    (r"(535|534|454)\b.*", "login"),
    (r"55[04] 5\.7\.[01]", "relay"),
    (r"55[0134] 5\.1\.\d+", "unknown"),
    (r"552\b.*|55\d 5\.(3\.4|2\.3)", "size"),
    (r"55\d 5\.4\.\d+", "loop"),
    (r"45[12] 4\.5\.3", "many"),
    (r"55[04] 5\.7\.\d+", "filter"),
    (r"421( 4\.4\.\d+)?", "dropped"),
    (r"50\d\b.*|55[0-9] 5\.5\.\d+", "protocol"),
)
"""By code and enhanced code; the first that fits. 454 4.7.0 is a login that could not be looked up."""


@dataclass(frozen=True)
class Refused:
    """How often a client was refused with a code through a connector, within the time that was looked back."""

    connector: str
    address: str
    place: str
    code: str
    count: int
    last: datetime | None = None
    words: str = ""

    @property
    def kind(self) -> str:
        """Its class."""
        return class_of(self.code)

    @property
    def permanent(self) -> bool:
        """Whether it is for good: the sender does not try again."""
        return self.code.startswith("5")

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        row = CLASSES[self.kind]
        told = {"connector": self.connector, "address": self.address, "place": self.place, "code": self.code}
        last = self.last.isoformat() if self.last else None
        meaning, remedy = notice_of(row.meaning), notice_of(row.remedy)
        said = {"class": self.kind, "meaning": meaning, "words": self.words, "count": self.count, "last": last}
        return {**told, **said, "what_to_do": remedy}


@dataclass(frozen=True)
class ReceiveLog:
    """What the SmtpReceive logs tell: ``refused`` the most frequent first, ``files`` how many logs were read (None: not
    known; none: nothing is logged), ``cut`` whether some clients were left out."""

    refused: tuple[Refused, ...] = ()
    files: int | None = None
    cut: bool = False
    problems: tuple[str, ...] = ()


def class_of(code: str) -> str:
    """The class of an answer's code."""
    return next((kind for pattern, kind in _ROWS if re.fullmatch(pattern, code)), "other")


def parse_receive_log(output: Iterable[Mapping[str, Any]], own: Collection[str] = ()) -> ReceiveLog:
    """What Measure-SmtpClients gives."""
    rows = [*output]
    whole = first(row for row in rows if text(row.get("Connector")) is None and "Files" in row)
    problems = whole.get("Problems")
    said = tuple(folded(str(each)) for each in problems) if isinstance(problems, list) else ()
    refused = sorted((each for row in rows for each in _refused(row, own)), key=lambda each: -each.count)
    return ReceiveLog(tuple(refused), number(whole.get("Files")), whole.get("Cut") is True, said)


def _refused(row: Mapping[str, Any], own: Collection[str]) -> Iterator[Refused]:
    connector, address = text(row.get("Connector")), text(row.get("Address"))
    if connector is None or address is None:
        return
    words = folded(text(row.get("Text")) or "")
    for code, times in inside(row.get("Refused")).items():
        count, plain = number(times), folded(str(code))
        if count:
            newest = words if words.startswith(plain) else ""
            yield Refused(connector, address, place_of(address, own), plain, count, moment(row.get("Last")), newest)


def state_of(refused: Refused, fetches: bool, recent: bool) -> str:
    """How bad a refusal is. ``fetches``: mail is fetched from a provider, who no longer has what is refused here;
    ``recent``: it may last still, which of one for now alone counts."""
    row = CLASSES[refused.kind]
    if refused.place == OWN and fetches:
        state = LOSING if refused.permanent or refused.kind == "pressure" else STUCK
    else:
        state = row.lan if refused.place in (LAN, OWN) else row.internet
    bad = state in (STUCK, LOSING)
    return state if refused.permanent or recent or not bad else NOTICED
