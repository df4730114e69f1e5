# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Templates of e-mail address policies: what they make of a recipient.

Variables by Microsoft's page of address templates (of Exchange 2013 and later, "basically unchanged from 2010"): ``%m``
alias, ``%g`` given name, ``%s`` surname, ``%d`` display name, ``%i`` initials, ``%1g`` and ``%2s`` first letters,
``%rxy`` replaces x by y in what follows, ``%rxx`` removes it. Initials are not read. What Exchange makes of empty
names and of characters that SMTP forbids is not documented: such an address is not known, and not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Reason
from ..messages import reason_of
from .addresses import PRIMARY, SECONDARY, fits_local
from .recipients import Recipient
from .rules import WHERE, RuleBook

_TOKEN = re.compile(
    r"%r(?P<old>[^%])(?P<new>[^%])|%(?P<number>\d*)(?P<variable>[gs])|%(?P<whole>[mdi])|(?P<plain>[^%])"
)
_SHAPE = re.compile(r"(?P<kind>[A-Za-z0-9]+):(?P<local>[^@]*)@(?P<domain>[A-Za-z0-9.-]+)")


@dataclass(frozen=True)
class AddressTemplate:
    """One template: whether it is of the primary address, what stands before the @, and its domain in small letters."""

    primary: bool
    local: str
    domain: str

    def __str__(self) -> str:
        return f"{PRIMARY if self.primary else SECONDARY}{self.local}@{self.domain}"

    def address(self, recipient: Recipient) -> str | None:
        """The address that Exchange gives a recipient, before it looks for others that have it. None: not known."""
        local = _expand(self.local or "%m", recipient)
        return f"{local}@{self.domain}" if local and fits_local(local) else None


def read_template(text: str) -> AddressTemplate | None:
    """A template as Exchange lists it; None for one of another kind than SMTP, or one that cannot be read."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None or match["kind"].lower() != "smtp":
        return None
    return AddressTemplate(match["kind"] == "SMTP", match["local"], match["domain"].lower())


def parse_templates(reasons: list[Reason], declared: Sequence[str] | None) -> tuple[AddressTemplate, ...]:
    """The templates of a declaration; a primary one is needed, once."""
    found = [(text, read_template(text)) for text in declared or ()]
    unfit = [text for text, template in found if template is None or not _readable(template.local)]
    reasons += [reason_of("policy_template_unfit", WHERE, template=text) for text in unfit]
    templates = tuple(template for _text, template in found if template is not None)
    if declared and not unfit and sum(template.primary for template in templates) != 1:
        reasons.append(reason_of("policy_primary_template", WHERE, number=sum(each.primary for each in templates)))
    return templates


def default_templates(rules: RuleBook) -> tuple[AddressTemplate, ...]:
    """The alias in the domain to which the rules lead, and in each one from which they come."""
    first = [AddressTemplate(True, "%m", domain) for domain in rules.target_domains]
    return (*first, *(AddressTemplate(False, "%m", rule.source) for rule in rules.rules))


def _readable(local: str) -> bool:
    return "".join(match[0] for match in _TOKEN.finditer(local)) == local and "%i" not in local


def _expand(local: str, recipient: Recipient) -> str | None:
    """What stands before the @, or None where a variable is empty or not known."""
    made, replaced = "", {}
    at = 0
    while at < len(local):
        match = _TOKEN.match(local, at)
        if match is None:
            return None
        at = match.end()
        if match["old"]:
            replaced[match["old"]] = "" if match["old"] == match["new"] else match["new"]
            continue
        text = match["plain"] or _variable(match, recipient)
        if not text:
            return None
        made += text if match["plain"] else "".join(replaced.get(character, character) for character in text)
    return made


def _variable(match: re.Match[str], recipient: Recipient) -> str | None:
    if match["whole"]:
        return {"m": recipient.alias, "d": recipient.display_name}.get(match["whole"])
    name = recipient.first_name if match["variable"] == "g" else recipient.last_name
    return name[: int(match["number"])] if name and match["number"] else name
