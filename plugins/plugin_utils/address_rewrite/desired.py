# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration: what an inventory declares of the addresses with which mail leaves, checked strictly and all at
once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Reason, refuse
from ..mailboxes.providers import provider_of_domain
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import ListOf
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Integer, Kind, Text
from . import freemail
from .addresses import Address, DomainName, domain_of
from .rules import RECIPIENTS as EXCEPTIONS
from .rules import RULES, WHERE, RuleBook, parse_rules
from .templates import AddressTemplate, default_templates, parse_templates

METHODS = AUTO, RECIPIENTS, POLICY, EDGE = "auto", "recipients", "policy", "edge"
STOP, CONTINUE = "stop", "continue"
AUTHORITATIVE, INTERNAL_RELAY = "authoritative", "internal_relay"
ANSWERS = YES, NO, UNKNOWN = "yes", "no", "unknown"
INCLUDED = ("AllRecipients", "MailboxUsers", "Resources", "MailContacts", "MailGroups", "MailUsers")
MOST_DAYS = 90


class DomainAnswers(Kind):
    """yes, no or unknown, for all domains or by domain; YAML makes truth values of the first two."""

    ansible_type = "raw"

    def parse(self, value: Any) -> tuple[tuple[str, str], ...]:
        """Domain and answer; the empty domain stands for all that are not named."""
        if isinstance(value, Mapping):
            answers = tuple((str(DomainName().parse(domain)), self._one(answer)) for domain, answer in value.items())
            if len(dict(answers)) < len(answers):
                raise ValueError("one answer for each domain")
            return answers
        return (("", self._one(value)),)

    def _one(self, value: Any) -> str:
        word = str(value).strip().lower() if isinstance(value, (str, bool)) else ""
        word = {"true": YES, "false": NO}.get(word, word)
        if word not in ANSWERS:
            raise ValueError("yes, no or unknown, or one of these for each domain")
        return word


ON_ERROR = Option(
    "on_error",
    Choice(STOP, CONTINUE),
    "What happens to the other recipients when one fails. Either way the task fails, and every one is reported.",
    default=STOP,
)
"""What they take that change recipients."""
OPTIONS: tuple[Option, ...] = (
    Option(
        "rules",
        RULES,
        "The source and target domain or address of each rule. The most specific rule applies; conflicting rules are"
        " refused.",
        required=True,
    ),
    Option(
        "exceptions", EXCEPTIONS, "Addresses, or recipients by name, alias or display name, to which no rule applies."
    ),
    Option(
        "method",
        Choice(*METHODS),
        "The method. V(recipients): the primary address of each recipient. V(policy): one e-mail address policy."
        " V(edge): address rewrite entries of an Edge Transport server. V(auto): V(edge) on such a server,"
        " V(recipients) elsewhere.",
        default=AUTO,
    ),
    ON_ERROR,
    Option(
        "max_change_percent",
        Integer(0, 100),
        "The safety limit: a larger share of all recipients changes only with O(confirm_mass_change=true). It does not"
        " apply to fewer than ten.",
        default=30,
    ),
    Option(
        "confirm_mass_change",
        Boolean(),
        "Allows more recipients to change than O(max_change_percent).",
        default=False,
    ),
    Option(
        "force_upgrade",
        Boolean(),
        "Allows Exchange to upgrade objects left from Exchange 2003, which cannot be undone. Without it such"
        " recipients are listed and refused, if a rule applies to them.",
        default=False,
    ),
    Option(
        "domain_type",
        Choice(INTERNAL_RELAY, AUTHORITATIVE),
        "The type of the accepted domains that mail is sent with. Without it, existing domains keep their type, and"
        " missing ones are created as V(internal_relay).",
    ),
    Option(
        "change_type",
        Boolean(),
        "Allows changing the type of an existing accepted domain to O(domain_type). The default domain is never"
        " changed.",
        default=False,
    ),
    Option(
        "all_mailboxes_here",
        Boolean(),
        "Confirms that every mailbox of the domain is on this server, which O(domain_type=authoritative) requires:"
        " mail to any other address of the domain is then returned to its sender.",
        default=False,
    ),
    Option(
        "provider_mailboxes",
        ListOf(Address(), alone=True),
        "Mailboxes at the provider, whose addresses have to be recipients here with O(domain_type=authoritative).",
    ),
    Option(
        "unknown_recipients_return",
        DomainAnswers(),
        "Whether mail to an unknown address of the domain is returned to this server: its MX points here, a collector"
        " routes by header, or the provider forwards. V(yes), V(no) or V(unknown), for all domains or as a mapping by"
        " domain. Needed for a domain that becomes V(internal_relay), since such mail would loop.",
    ),
    Option(
        "provider_domains",
        ListOf(DomainName(), alone=True),
        "The domains that the provider accepts in sender addresses; by default those of the rules.",
    ),
    Option(
        "sent_senders_days",
        Integer(0, MOST_DAYS),
        "The number of past days for which the message tracking log is read for senders whose mail was sent with a"
        " foreign address. V(0): not at all.",
        default=30,
    ),
    Option("policy_name", Text(64), "The e-mail address policy of O(method=policy): adopted, or created."),
    Option(
        "policy_templates",
        ListOf(Text(), alone=True),
        "Its templates, with C(SMTP:) before the one of the primary address. By default C(SMTP:%m@) with the target"
        " domain of the rules, and C(smtp:%m@) with each source domain.",
    ),
    Option(
        "policy_priority",
        Integer(1, 1000),
        "Its priority. A new policy has V(1) by default, the highest; an existing policy keeps its own.",
    ),
    Option(
        "policy_included_recipients",
        Choice(*INCLUDED),
        "The recipients that it applies to. A new policy has V(AllRecipients) by default; an existing policy keeps its"
        " own.",
    ),
)
"""All options of the action but those of every run."""
ACTION = Action(
    "address_rewrite",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=True,
    description="Give every recipient an address that the provider accepts as sender address",
)


@dataclass(frozen=True)
class AddressesBack:
    """What may be done on the way back to saved addresses."""

    remove_created_domains: bool = False
    force: bool = False
    on_error: str = STOP


@dataclass(frozen=True)
class Desired:
    """A checked declaration. What is None is not declared. ``returns``: answers by domain, the empty one for all
    others. ``provider_domains``: a single address where the domain is the provider's own."""

    rules: RuleBook
    method: str = AUTO
    on_error: str = STOP
    max_change_percent: int = 30
    confirm_mass_change: bool = False
    force_upgrade: bool = False
    domain_type: str | None = None
    change_type: bool = False
    all_mailboxes_here: bool = False
    provider_mailboxes: tuple[str, ...] = ()
    returns: tuple[tuple[str, str], ...] = ()
    provider_domains: frozenset[str] = frozenset()
    sent_senders_days: int = 30
    policy_name: str | None = None
    policy_templates: tuple[AddressTemplate, ...] = ()
    policy_priority: int | None = None
    policy_included_recipients: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the other recipients are tried when one fails."""
        return self.on_error == CONTINUE

    def unknown_recipients_return(self, domain: str) -> str:
        """The answer for a domain; not to have answered is not to know."""
        answers = dict(self.returns)
        return answers.get(domain, answers.get("", UNKNOWN))


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = (), where: str | Spelling = WHERE) -> Desired:
    """The declaration of a task's arguments; ``where`` says how its options are written.

    Raises InputRefused with every reason, those ``found`` before among them: unknown options, wrong types, rules that
    contradict each other, a policy without a name or with templates that do not fit.
    """
    reasons, at = list(found), Spelling.of(where)
    given = parse(OPTIONS, arguments, at, reasons, later=("rules",))
    rules = parse_rules(reasons, arguments.get("rules"), given.pop("exceptions", ()), where)
    given["policy_templates"] = parse_templates(reasons, given.get("policy_templates"))
    mailboxes, authoritative = given.get("provider_mailboxes", ()), given.get("domain_type") == AUTHORITATIVE
    reasons += freemail.refusals(rules, mailboxes, authoritative, at.inside("rules").where)
    reasons += freemail.template_refusals(given["policy_templates"], rules, at.inside("policy_templates").where)
    reasons += _policy_conflicts(given, rules) if given["method"] == POLICY else []
    refuse(reasons)
    return _desired(given, rules)


def _desired(given: dict[str, Any], rules: RuleBook) -> Desired:
    """The declaration of checked values, with what follows from the rules."""
    given["returns"] = given.pop("unknown_recipients_return", ())
    own = {each.target if provider_of_domain(each.target_domain) else each.target_domain for each in rules.rules}
    given["provider_domains"] = frozenset(given.get("provider_domains") or (each.lower() for each in own))
    if given["method"] == POLICY and not given["policy_templates"]:
        given["policy_templates"] = default_templates(rules)
    return Desired(rules, **given)


def _policy_conflicts(given: Mapping[str, Any], rules: RuleBook) -> list[Reason]:
    """What a policy cannot do, and what it needs to be told."""
    reasons = [] if given.get("policy_name") else [reason_of("policy_name_missing", WHERE)]
    reasons += [reason_of("policy_single_rule", WHERE, rule=str(rule)) for rule in rules.rules if rule.single]
    targets = rules.target_domains
    if len(targets) > 1:
        reasons.append(reason_of("policy_several_targets", WHERE, domains=", ".join(targets)))
    primary = next((each for each in given["policy_templates"] if each.primary), None)
    if primary and targets and primary.domain not in targets:
        reasons.append(reason_of("policy_other_target", WHERE, template=str(primary), domain=targets[0]))
    return reasons


def provider_mailboxes_in(desired: Desired, domain: str) -> list[str]:
    """The declared provider mailboxes of a domain."""
    return [address for address in desired.provider_mailboxes if domain_of(address) == domain]
