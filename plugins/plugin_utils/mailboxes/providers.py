# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of mail providers: two packaged tables of facts (below data/, see data/NOTICE.md), and what an
inventory says of a provider that is not in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..account_age import FLOOR_DAYS
from ..errors import InputRefused, Reason, refuse
from ..messages import reason_of
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling, Words
from ..options.values import Boolean, Choice, HostName, Integer, Text

ADDRESS, DOMAIN = "address", "domain"
_DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True)
class AgeStep:
    """What a provider allows up to a day of age (None: from then on). ``max_per_hour`` None: no number is known."""

    until_day: int | None
    throttled: bool
    max_per_hour: int | None
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class Provider:
    """A mail provider. Hosts and ports are None where they are not known, or where there is no STARTTLS.

    ``sender_rule``: whether it judges a sender by the whole address or by its domain.
    ``pop3_ssl``: TLS from the first byte. ``min_poll_minutes``: how long it wants between two POP3 logins of a mailbox.
    """

    key: str
    display_name: str
    smtp_host: str | None
    starttls_port: int | None
    pop3_host: str | None = None
    pop3_port: int | None = None
    pop3_ssl: bool | None = None
    min_poll_minutes: int | None = None
    username_form: str = "email"
    age_counts_from: str = "mailbox"
    steps: tuple[AgeStep, ...] = ()
    raised_minimum: int = FLOOR_DAYS
    sender_rule: str = ADDRESS

    @property
    def minimum_age_days(self) -> int:
        """Days; the end of the last throttled step, and never less than the floor."""
        ends = [step.until_day for step in self.steps if step.throttled and step.until_day]
        return max(FLOOR_DAYS, self.raised_minimum, *ends)


@lru_cache(maxsize=1)
def providers() -> dict[str, dict[str, Any]]:
    """Provider key (``strato``) -> its row: display_name, smtp and pop3 servers, starttls_port."""
    table: dict[str, dict[str, Any]] = _table("mail_providers.json")["providers"]
    return table


@lru_cache(maxsize=1)
def age_ladders() -> dict[str, dict[str, Any]]:
    """Provider key -> age_counts_from and steps, an alias resolved. Most providers have none."""
    rows: dict[str, dict[str, Any]] = _table("age_ladders.json")["ladders"]
    return {key: rows[row["alias_of"]] if "alias_of" in row else row for key, row in rows.items()}


def mature_rates() -> dict[str, int]:
    """Provider key -> mails an hour that it takes of a mailbox past all steps of age, where a number is known."""
    last = {key: ladder["steps"][-1]["max_per_hour"] for key, ladder in age_ladders().items()}
    return {key: int(rate) for key, rate in sorted(last.items()) if rate is not None}


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((_DATA / name).read_text(encoding="ascii"))
    return table


def starttls_port(smtp_host: str) -> int | None:
    """The port on which a provider's SMTP server is known to offer STARTTLS, or None where it is not known."""
    for row in providers().values():
        for server in row["smtp"] or ():
            if server["host"] == smtp_host.lower() and server["socket"] == "STARTTLS":
                return int(server["port"])
    return None


def provider_of_smtp(smtp_host: str) -> str | None:
    """The key of the provider whose SMTP server this is, or None where it is neither in the table nor in a domain of
    one who is. Two keys of one provider are one."""
    name = smtp_host.lower().rstrip(".")
    own = _smtp_hosts()
    key = own.get(name) or next((own[f".{each}"] for each in (name, *_parents(name)) if f".{each}" in own), None)
    alias: str | None = _table("age_ladders.json")["ladders"].get(key, {}).get("alias_of")
    return alias or key


@lru_cache(maxsize=1)
def _smtp_hosts() -> dict[str, str]:
    """A listed server, or with a dot before it a domain, -> the key of its provider."""
    found: dict[str, str] = {}
    for key, row in providers().items():
        for each in (*(server["host"] for server in row["smtp"] or ()), *(f".{domain}" for domain in row["domains"])):
            found.setdefault(each, key)
    return found


def _parents(name: str) -> list[str]:
    """The domains that a name is in, the nearest first."""
    labels = name.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels))]


def provider_of_domain(domain: str) -> str | None:
    """The name of the provider whose own domain this is, or is below; None where it is nobody's of the table, or one
    that a customer has there."""
    name = domain.lower().strip(".")
    for each in (name, *_parents(name)):
        row = _own_domains().get(each)
        if row is not None:
            of_customer = each != name and each in row.get("subdomains_of_customers", ())
            return None if of_customer else str(row["display_name"])
    return None


@lru_cache(maxsize=1)
def _own_domains() -> dict[str, dict[str, Any]]:
    """A provider's own domain -> its row."""
    return {domain.lower(): row for row in providers().values() for domain in row["domains"] or ()}


def provider_of_pop3(pop3_host: str) -> str | None:
    """The key of the provider whose POP3 server this is, or None where it is not in the table."""
    name = pop3_host.lower().rstrip(".")
    hosts = ((key, server["host"]) for key, row in providers().items() for server in row["pop3"] or ())
    return next((key for key, host in hosts if host == name), None)


def min_poll_minutes(provider: str | None) -> int | None:
    """How many minutes a provider of the table wants between two POP3 logins of a mailbox; None where no number is
    known."""
    servers = providers().get(provider or "", {}).get("pop3") or ()
    return max((server["min_poll_minutes"] for server in servers if "min_poll_minutes" in server), default=None)


def find_provider(declared: Any, where: str | Spelling, needs: str = "smtp_host") -> Provider:
    """A provider by its key in the tables, or as an inventory describes it, which ``needs`` this server besides a name.

    Raises InputRefused with every reason.
    """
    at = Spelling.of(where)
    if isinstance(declared, Mapping):
        return _described(declared, at, needs)
    key = declared.strip().lower() if isinstance(declared, str) else ""
    row = providers().get(key)
    if row is None:
        # Another type is not repeated: it may be a mailbox with its password in the wrong place.
        found = at.shown(declared) if isinstance(declared, str) else f"as a {type(declared).__name__}"
        raise InputRefused(reason_of("provider_unknown", at.where, found=found, known=", ".join(sorted(providers()))))
    return _preset(key, row)


def _preset(key: str, row: Mapping[str, Any]) -> Provider:
    servers = row["smtp"] or ()
    smtp = next((server for server in servers if server["socket"] == "STARTTLS"), None)
    username_form = next((server["username"] for server in (smtp, *servers) if server), "email")
    pop3 = next(iter(row["pop3"] or ()), None)
    ladder = age_ladders().get(key, {})
    return Provider(
        key=key,
        display_name=str(row["display_name"]),
        # "<login>.beispiel.de" is another host for every customer.
        smtp_host=smtp["host"] if smtp and not smtp.get("host_is_pattern") else None,
        starttls_port=int(smtp["port"]) if smtp else None,
        pop3_host=pop3["host"] if pop3 else None,
        pop3_port=int(pop3["port"]) if pop3 else None,
        pop3_ssl=pop3["socket"] == "SSL" if pop3 else None,
        min_poll_minutes=min_poll_minutes(key),
        username_form=username_form,
        age_counts_from=ladder.get("age_counts_from", "mailbox"),
        steps=tuple(AgeStep(**step) for step in ladder.get("steps", ())),
        sender_rule=ladder.get("sender_rule", {}).get("by", ADDRESS),
    )


DESCRIBED: tuple[Option, ...] = (
    Option("name", Text(64), "The provider's name."),
    Option("smtp_host", HostName(), "Its smarthost."),
    Option("starttls_port", Integer(1, 65535), "The smarthost's port.", default=587),
    Option("pop3_host", HostName(), "Its POP3 server."),
    Option("pop3_port", Integer(1, 65535), "The POP3 server's port.", default=995),
    Option("pop3_ssl", Boolean(), "Whether that port uses implicit TLS.", default=True),
    Option("min_poll_minutes", Integer(1, 1440), "The minutes that it requires between two POP3 logins."),
    Option(
        "username_form", Choice("email", "localpart", "mailbox-login"), "The form of its login names.", default="email"
    ),
    Option("age_counts_from", Choice("mailbox", "contract"), "What its age limits count from.", default="mailbox"),
    Option("minimum_age_days", Integer(FLOOR_DAYS, 3650), "The minimum age of a mailbox, in days.", default=FLOOR_DAYS),
    Option(
        "sender_rule", Choice(ADDRESS, DOMAIN), "Whether it checks senders by address or by domain.", default=ADDRESS
    ),
)
"""What an inventory may say of a provider that is not in the tables."""


def _described(declared: Mapping[str, Any], at: Spelling, needs: str) -> Provider:
    reasons: list[Reason] = []
    given = parse(DESCRIBED, declared, replace(at, prefix="provider.", words=_WORDS), reasons)
    if not given.get("name") or not given.get(needs):
        reasons.append(reason_of("provider_incomplete", at.where, needs=needs))
    refuse(reasons)
    name, minimum = given.pop("name"), given.pop("minimum_age_days")
    hosts = {"smtp_host": None, **given}
    return Provider(key=name, display_name=name, raised_minimum=minimum, **hosts)


_WORDS = Words(unknown="provider_option_unknown")
