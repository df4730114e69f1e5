# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: the provider, its mailboxes in order of preference, and the connector that one of them logs in
for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..errors import InputRefused, Reason, collect, refuse
from ..mailboxes.candidates import MAILBOXES, Candidate, parse_candidates
from ..mailboxes.login_history import Retry
from ..mailboxes.providers import Provider, find_provider
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import Raw
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Integer, Text
from ..queue.desired import MOST_PER_HOUR
from ..run.options import LEDGER
from ..send_connector.desired import ACTION as CONNECTOR_ACTION
from ..send_connector.desired import KNOWN_ROUTES, Credential
from ..send_connector.desired import WHERE as CONNECTOR
from ..send_connector.desired import Desired as ConnectorDesired
from ..send_connector.desired import parse_desired as parse_connector
from ..send_connector.ways import sends_directly
from .window import WINDOW, SwitchWindow, parse_window

WHERE = "smarthost account"
LONGEST_WAIT = 3600
"""Seconds that may be waited for Exchange's word on a login."""

LONGEST_PAUSE = 24 * 366
"""Hours between two runs of a timer."""


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``connector`` has no login: which one it gets is decided later, by age."""

    provider: Provider
    candidates: tuple[Candidate, ...]
    connector: ConnectorDesired
    window: SwitchWindow
    sender: str | None = None
    accept_unproven: bool = False
    update_password: str = "auto"
    wait_for_session: int = 600
    require_observed_age: bool = False
    ledger: str | None = None
    calendar_file: str | None = None
    expected_every_hours: int | None = None
    per_hour: int | None = None
    switch_with_backlog: bool = False
    retry: Retry = Retry()

    @property
    def server(self) -> tuple[str, int]:
        """Host and port of the smarthost, where logins are proven: the connector's first smart host."""
        hosts = self.connector.values["smart_hosts"]
        if not isinstance(hosts, frozenset):
            raise AssertionError("a declaration without smart hosts is refused")
        port = self.connector.values.get("port")
        return sorted(map(str, hosts))[0], port if isinstance(port, int) else 25


OPTIONS: tuple[Option, ...] = (
    Option(
        "provider",
        Raw(),
        "The mail provider: the key of one in the packaged table, such as V(strato), or a custom one as a mapping with"
        " C(name), C(smtp_host) and, if necessary, C(starttls_port), C(username_form), C(age_counts_from),"
        " C(minimum_age_days) and C(sender_rule).",
        required=True,
    ),
    Option(
        "mailboxes",
        MAILBOXES,
        "The mailboxes that may log in, in order of preference: the intended one first, then those that are used until"
        " it is old enough.",
        required=True,
    ),
    Option(
        "connector",
        Raw("dict"),
        "Options of M(sbs.mailflow.send_connector) for the connector, as a mapping without C(login). By default it"
        " adopts the connector for every domain and sends its mail to the provider's smarthost with login and TLS; its"
        " protocol log is enabled, since that is where Exchange records its own logins.",
    ),
    KNOWN_ROUTES,
    Option(
        "sender", Text(254), "The sender address that a login is tested with; by default the mailbox's own address."
    ),
    Option(
        "accept_unproven",
        Boolean(),
        "Also switch to a login that cannot be verified from this host, for example if a firewall allows only Exchange"
        " out. Not for a server without TLS 1.2: no mail would be sent there. A login that the provider rejects is"
        " never used.",
        default=False,
    ),
    Option(
        "update_password",
        Choice("auto", "always"),
        "When the password of a login that stays is written again. V(auto): when it differs from the one that the"
        " ledger shows as written last. V(always): at every run.",
        default="auto",
    ),
    Option("switch_window", WINDOW, "When a switch may happen by itself, as a mapping."),
    Option(
        "wait_for_session",
        Integer(0, LONGEST_WAIT),
        "The seconds to wait after a switch for a new session in Exchange's protocol log. V(0): do not wait.",
        default=600,
    ),
    Option(
        "require_observed_age",
        Boolean(),
        "Count a mailbox's age only from the first login in the ledger, not from its declared C(created).",
        default=False,
    ),
    Option(
        "per_hour",
        Integer(1, MOST_PER_HOUR),
        "The number of messages an hour that the provider accepts; by default the packaged number, if one is known."
        " With more than half of that waiting, the login is not switched.",
    ),
    Option(
        "switch_with_backlog",
        Boolean(),
        "Switch regardless of the amount of waiting mail. Exchange then tries all of it at once with the new login.",
        default=False,
    ),
    Option(
        "retry_refused",
        Boolean(),
        "Try a password again that the provider has rejected, for example after it has unlocked the mailbox. By"
        " default a rejected password is not tried again for seven days, unless another one is declared.",
        default=False,
    ),
    Option(
        "retry_hours",
        Integer(0, 168),
        "A login that was rejected together with another one, as in an outage of the provider or with both locked"
        " there, is tried again after this number of hours at the earliest; a login rejected alone as well, with"
        " O(retry_refused=true).",
        default=4,
    ),
    LEDGER,
    Option(
        "calendar_file",
        Text(),
        "A calendar file (.ics) on the controller with the date of the next event. It has one event a host, so all"
        " hosts may share it; a file that is no calendar of this collection is refused.",
    ),
    Option(
        "expected_every_hours",
        Integer(1, LONGEST_PAUSE),
        "For a timer or cron job: report when the run before this one was more than this number of hours ago, V(26) for"
        " a daily one. Without it, that is reported only if a switch was due meanwhile.",
    ),
)
"""The options of the action, besides those of every run."""
NOT_OF_CONNECTOR = ("login", "state", "update_password")
"""Options of a send connector that cannot be declared of this one."""
ACTION = Action(
    "smarthost_account",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Let the first provider mailbox that is old enough log in at the smarthost",
    parts={
        "connector": replace(
            CONNECTOR_ACTION, options=[each for each in CONNECTOR_ACTION.options if each.name not in NOT_OF_CONNECTOR]
        )
    },
)
_ANYBODY = {"name": "the provider", "smtp_host": "smtp.invalid"}
"""Stands for a provider that cannot be told, of whose mailboxes nothing is known."""
_LATER = ("provider", "mailboxes", "connector", "known_routes", "switch_window")


def parse_desired(
    arguments: Mapping[str, Any], now: datetime, found: Sequence[Reason] = (), where: str | Spelling = WHERE
) -> Desired:
    """The declaration of a task's arguments at the moment ``now`` (aware); ``where`` says how its options are written.
    Raises InputRefused with every reason."""
    reasons, at = list(found), Spelling.of(where)
    given = parse(OPTIONS, arguments, at, reasons, later=_LATER)
    window = collect(reasons, parse_window, arguments.get("switch_window"), at)
    provider = collect(reasons, find_provider, arguments.get("provider"), at.inside("provider").where)
    if provider is None:  # there is a reason then, and the rest is still looked through
        provider = find_provider(_ANYBODY, WHERE)
    candidates = collect(reasons, parse_candidates, arguments.get("mailboxes"), provider, now, at) or ()
    connector = collect(reasons, _parse_connector, _connector_options(arguments), provider, candidates, now, at)
    refuse(reasons)
    retry = Retry(given.pop("retry_refused"), given.pop("retry_hours"))
    return Desired(provider, candidates, connector, window, retry=retry, **given)


def connector_options(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The connector as it is declared, with what its provider makes of it; nothing where either cannot be read, which
    is for ``parse_desired`` to say."""
    declared = _connector_options(arguments)
    with suppress(InputRefused):
        defaults = _connector_defaults(find_provider(arguments.get("provider"), WHERE))
        return {**defaults, **declared} if isinstance(declared, Mapping) else defaults
    return {}


def _connector_options(arguments: Mapping[str, Any]) -> Any:
    """What is declared of the connector; the known routes may stand beside it, too."""
    declared = {} if arguments.get("connector") is None else arguments["connector"]
    if not isinstance(declared, Mapping):
        return declared
    return _declared({"known_routes": arguments.get("known_routes")}) | _declared(declared)


def _declared(options: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared of some options: an undeclared one does not hide what is known besides."""
    return {name: value for name, value in options.items() if value is not None}


def _parse_connector(
    declared: Any, provider: Provider, candidates: Sequence[Candidate], now: datetime, at: Spelling
) -> ConnectorDesired:
    """The connector's declaration, checked as if the first mailbox logged in for it; the login itself is left out."""
    if not isinstance(declared, Mapping):
        raise InputRefused(reason_of("connector_no_mapping", WHERE, type=type(declared).__name__))
    options = {**_connector_defaults(provider), **declared}
    if sends_directly(declared.get):
        raise InputRefused(reason_of("account_beside_direct", WHERE))
    refuse(reason_of("connector_option_refused", WHERE, option=key) for key in NOT_OF_CONNECTOR if key in options)
    if not options.get("smart_hosts"):
        raise InputRefused(reason_of("smart_host_unknown", WHERE, provider=provider.display_name))
    if not candidates:
        return ConnectorDesired(None)
    first = candidates[0]
    created = first.mailbox.created_earliest or first.mailbox.created
    login = {"username": first.username, "password": first.password, "created": created}
    inside = Spelling(CONNECTOR, at("connector"))
    return replace(parse_connector({**options, "login": login}, now, where=inside), credential=None)


def _connector_defaults(provider: Provider) -> dict[str, Any]:
    host = {"smart_hosts": [provider.smtp_host]} if provider.smtp_host else {}
    port = {"port": provider.starttls_port} if provider.starttls_port else {}
    return {
        "name": f"Smarthost {provider.display_name}"[:64],
        "adopt": True,
        "address_spaces": ["*"],
        **host,
        **port,
        "smart_host_auth_mechanism": "BasicAuthRequireTLS",
        "require_tls": True,
        "protocol_logging_level": "Verbose",
    }


def credential_of(candidate: Candidate) -> Credential:
    """A candidate as the login of a connector's declaration."""
    return Credential(candidate.mailbox, candidate.password, candidate.recreated)
