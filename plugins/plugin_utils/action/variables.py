# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who declares the options of an action: variables of a role or of a playbook of this collection, or a task's own
arguments. A misspelled variable would otherwise be ignored without a word."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import Reason
from ..messages import notice_of, reason_of
from ..messages.spelled import Written
from ..options.action import Action
from ..options.near import inside, nearest
from ..run.options import every_option, options_of

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "sbs.mailflow."
CONFIRMS = (
    "accept_",
    "all_mailboxes_here",
    "allow_",
    "approved_plan",
    "confirm_",
    "force_upgrade",
    "max_change_percent",
    "retry_refused",
    "switch_with_backlog",
    "unknown_recipients_return",
)
"""How the options begin that a refusal asks for. No other variable is likely to be called so, as ``port`` or
``backup_dir`` may be."""


@dataclass(frozen=True)
class Playbook:
    """A playbook: its options are variables with this ``prefix``, but for some; ``refuses``: how variables begin that
    are refused where it does not know them; ``takes``: those that it reads besides; ``keeps``: options that it sets
    itself."""

    prefix: str
    refuses: tuple[str, ...]
    but: Mapping[str, str] = field(default_factory=dict)
    takes: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()

    def names(self, action: Action) -> dict[str, str]:
        """Option -> variable."""
        options = [each.name for each in every_option(action) if each.name not in self.keeps]
        return {each: self.but.get(each, f"{self.prefix}{each}") for each in options}


_POP3_PLACE = {
    each: f"pop3_connector_{each}"
    for each in ("file", "service", "timeout", "backup_dir", "accept_identity", "ledger", "key_map")
}
_OF_CONNECTOR = ("file", "service", "ledger", "key_map", "other_collectors", "confirm_clear_text")
_OF_TRANSPORT = {"message_retry_interval": "transport_message_retry_interval"}
"""What a look at a queue advises, and site.yml takes."""
_OF_A_RUN = ("timeout", "exchange_connection", "exchange_uri", "exchange_login", "backup_dir", "accept_identity")
PLAYBOOKS: dict[str, Playbook] = {
    "check_inbound": Playbook(
        "check_inbound_",
        ("check_inbound_",),
        {
            **{each: f"pop3_connector_{each}" for each in _OF_CONNECTOR},
            **{each: f"mail_flow_{each}" for each in _OF_A_RUN},
            "domains": "inbound_domains",
        },
        keeps=frozenset({"approved_plan"}),
    ),
    "check_transport": Playbook(
        "transport_",
        ("queue_",),
        {
            "connector": "queue_connector",
            "per_hour": "transport_calm_for_per_hour",
            "provider": "transport_calm_for_provider",
        },
        keeps=frozenset({"hours", "outcome_hours"}),
    ),
    "fetch_pop3_connector": Playbook(
        "",
        ("pop3_connector_",),
        {**_POP3_PLACE, "confirm_clear_text": "pop3_connector_confirm_clear_text"},
        keeps=frozenset({"approved_plan"}),
    ),
    "learn_pop3_connector": Playbook(
        "learn_", ("learn_", "pop3_connector_"), _POP3_PLACE, keeps=frozenset({"approved_plan"})
    ),
    "plan_inbound": Playbook(
        "",
        ("plan_inbound_",),
        {
            "domains": "inbound_domains",
            "public_address": "inbound_public_address",
            **{each: f"preflight_{each}" for each in ("answer_seconds", "resolver", "resolver_port")},
            **{each: f"mail_flow_{each}" for each in _OF_A_RUN},
        },
        keeps=frozenset({"approved_plan"}),
    ),
    "probe_host": Playbook("probe_host_", ("probe_host_",), keeps=frozenset({"approved_plan"})),
    "recover_queue": Playbook(
        "queue_recovery_",
        ("queue_recovery_", "smarthost_account_"),
        takes=frozenset({"queue_recovery_single_tick"}),
        keeps=frozenset({"wait", "approved_plan"}),
    ),
    "restore": Playbook(
        "",
        ("restore_",),
        {
            "logins": "restore_logins",
            "on_error": "address_rewrite_on_error",
            "file": "pop3_connector_file",
            "service": "pop3_connector_service",
            **{each: f"mail_flow_{each}" for each in _OF_A_RUN},
        },
        takes=frozenset({"restore_nouns", "restore_backup_dirs", "restore_declared_logins"}),
        keeps=frozenset({"backup", "approved_plan"}),
    ),
    "restore_pop3_connector": Playbook("", ("pop3_connector_",), _POP3_PLACE, keeps=frozenset({"approved_plan"})),
}
"""By file name. Each reads what stands here, and no other variable that begins so."""
_BEGINNINGS = {each for playbook in PLAYBOOKS.values() for each in playbook.refuses}


@dataclass(frozen=True)
class DeclaredBy:
    """Who declares the options of ``tables``, of which the first is the action's own: by variables of a ``role`` or a
    ``playbook`` of ours; neither, by the arguments of a task."""

    tables: Sequence[Action] = ()
    role: str = ""
    playbook: str = ""

    @classmethod
    def of(cls, task: Any, tables: Sequence[Action]) -> DeclaredBy:
        """Who has written Ansible's task."""
        role = getattr(task, "_role", None)
        if role is not None:
            return cls(tables, role=_role_of_ours(role))
        file = Path()
        with suppress(Exception):
            file = Path(str(task.get_path()).rpartition(":")[0]).resolve()
        ours = file.parent == ROOT / "playbooks" and file.stem in PLAYBOOKS
        return cls(tables, playbook=file.stem if ours else "")

    def written(self, declared: Container[str]) -> Written:
        """How sentences name the options; ``declared``: the nouns of the run, where there are several."""
        if self.playbook and self.tables:
            return {"": {**_OF_TRANSPORT, **PLAYBOOKS[self.playbook].names(self.tables[0])}}
        if not self.role or not self.tables:
            return {}
        nouns = [each for each in self.tables if each.name == self.role or each.name in declared]
        names = {each.name: {own: f"{each.name}_{own}" for own in self._own(each)} for each in nouns}
        for each in nouns:
            for name, part in each.parts.items():
                inside = {option.name: f"{each.name}_{name}.{option.name}" for option in part.options}
                names.setdefault(part.name, {**inside, **names[each.name]})
        run = {each.name: f"{self.role}_{each.name}" for each in options_of(True, True)}
        return {"": {**run, **_of_one(names)}, **{noun: {**run, **own} for noun, own in names.items()}}

    def refusals(self, variables: Iterable[str], where: str) -> list[Reason]:
        """The variables that look like ours, and that nobody reads."""
        known = set(self._known())
        unknown = sorted(each for each in variables if self._is_meant(each) and each not in known)
        if not unknown:
            return []
        offers = "; ".join(self._instead(each, known) for each in unknown)
        return [reason_of("variables_unknown", where, names=", ".join(unknown), kind=self._kind, offers=offers)]

    def notices(self, variables: Collection[str]) -> list[str]:
        """The confirmations among the variables that lack what ours begin with, so that they do nothing."""
        lost = [
            (option, variable)
            for option, variable in self._options()
            if option.startswith(CONFIRMS) and option in variables and variable not in (option, *variables)
        ]
        return [
            notice_of("variable_without_effect", name=option, variable=variable, kind=self._kind)
            for option, variable in lost
        ]

    def _own(self, table: Action) -> list[str]:
        """The options of a noun for which there are variables; a whole noun has none."""
        nouns = {each.name for each in self.tables}
        return [each.name for each in table.options if each.name not in nouns]

    def _options(self) -> Iterator[tuple[str, str]]:
        """Option and variable, of all nouns."""
        if self.playbook and self.tables:
            yield from PLAYBOOKS[self.playbook].names(self.tables[0]).items()
        elif self.role:
            yield from ((own, f"{each.name}_{own}") for each in self.tables for own in self._own(each))
            yield from ((each.name, f"{self.role}_{each.name}") for each in options_of(True, True))

    @property
    def _kind(self) -> str:
        return "playbook" if self.playbook else "role"

    @property
    def _prefixes(self) -> tuple[str, ...]:
        if self.playbook:
            return PLAYBOOKS[self.playbook].refuses
        return tuple(f"{each.name}_" for each in self.tables) if self.role else ()

    def _is_meant(self, variable: str) -> bool:
        """Whether it begins like ours, and not like those of another playbook."""
        others = [each for each in _BEGINNINGS if each.startswith(self._prefixes) and each not in self._prefixes]
        return variable.startswith(self._prefixes) and not variable.startswith(tuple(others))

    def _known(self) -> Iterator[str]:
        for table in self.tables:
            if table.role or table.name == self.role:
                yield from (f"{table.name}_{own}" for own in (*self._own(table), *_of_a_run(table)))
        if self.playbook and self.tables:
            yield from PLAYBOOKS[self.playbook].names(self.tables[0]).values()
            yield from PLAYBOOKS[self.playbook].takes

    def _instead(self, variable: str, known: Collection[str]) -> str:
        """What may be meant by a variable, or all that begin like it."""
        prefix = max((each for each in self._prefixes if variable.startswith(each)), key=len)
        rest = variable.removeprefix(prefix)
        short = {each.removeprefix(prefix): each for each in known}
        rows = (row for each in self.tables for row in each.options if f"{prefix}{row.name}" in known)
        within = [notice_of("option_inside", name=each, option=f"{prefix}{row}") for each, row in inside(rest, rows)]
        near = within or [short[each] for each in nearest(rest, short)]
        bare = self.playbook and not PLAYBOOKS[self.playbook].prefix
        others = sorted(each for each in known if bare or each.startswith(prefix))
        return notice_of("variable_meant", name=variable, meant=" or ".join(near) or f"one of {', '.join(others)}")


def _of_a_run(action: Action) -> list[str]:
    return [each.name for each in options_of(action.needs_exchange, action.plans)]


def _of_one(names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The options that one noun has alone, for sentences that are no noun's."""
    found: dict[str, set[str]] = {}
    for own in names.values():
        for option, variable in own.items():
            found.setdefault(option, set()).add(variable)
    return {option: variables.pop() for option, variables in found.items() if len(variables) == 1}


def _role_of_ours(role: Any) -> str:
    """The name of a role of this collection, as it is called in full or from its folder; the empty text for any
    other."""
    name = str(role.get_name())
    if name.startswith(COLLECTION):
        return name.removeprefix(COLLECTION)
    path = Path(str(getattr(role, "_role_path", "."))).resolve()
    return path.name if path.parent == ROOT / "roles" else ""
