# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish: what an inventory declares of the addresses with which mail leaves, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..controls import Control, convert_all, names, unknown_options
from ..errors import Reason, refuse
from ..messages import say
from ..values import Boolean, Choice, Integer, Kind, Text
from .addresses import Address, DomainName, domain_of
from .rules import WHERE, RuleBook, parse_rules
from .templates import Template, default_templates, parse_templates

METHODS = AUTO, RECIPIENTS, POLICY, EDGE = "auto", "recipients", "policy", "edge"
STOP, CONTINUE = "stop", "continue"
AUTHORITATIVE, INTERNAL_RELAY = "authoritative", "internal_relay"
ANSWERS = YES, NO, UNKNOWN = "yes", "no", "unknown"
INCLUDED = ("AllRecipients", "MailboxUsers", "Resources", "MailContacts", "MailGroups", "MailUsers")
MOST_DAYS = 90


class ListOf(Kind):
    """A list of values of one kind; a single text is a list of one."""

    ansible_type = "list"
    elements = "str"

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def wish(self, value: Any) -> tuple[Any, ...]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list):
            raise ValueError("a list of texts")
        found = tuple(dict.fromkeys(self.kind.wish(each) for each in listed))
        if None in found:
            raise ValueError("a list of texts, none of them empty")
        return found


class Answer(Kind):
    """yes, no or unknown, for all domains or by domain; YAML makes truth values of the first two."""

    ansible_type = "raw"

    def wish(self, value: Any) -> tuple[tuple[str, str], ...]:
        """Domain and answer; the empty domain stands for all that are not named."""
        if isinstance(value, Mapping):
            return tuple((str(DomainName().wish(domain)), self._one(answer)) for domain, answer in value.items())
        return (("", self._one(value)),)

    def _one(self, value: Any) -> str:
        word = str(value).strip().lower()
        word = {"true": YES, "false": NO}.get(word, word)
        if not isinstance(value, (str, bool)) or word not in ANSWERS:
            raise ValueError("yes, no or unknown, or one of these for each domain")
        return word


CONTROLS: tuple[Control, ...] = (
    Control(
        "rules",
        Text(),
        None,
        "From which domain or address to which. The most specific rule wins; rules that contradict each other are"
        " refused.",
        required=True,
    ),
    Control(
        "exceptions",
        ListOf(Text()),
        None,
        "Addresses, or recipients by name, alias or display name, to which no rule applies.",
    ),
    Control(
        "method",
        Choice(*METHODS),
        AUTO,
        "How. V(recipients): the primary address of each recipient. V(policy): one e-mail address policy. V(edge):"
        " rewrite entries of an Edge Transport server. V(auto): V(edge) on such a server, V(recipients) elsewhere.",
    ),
    Control(
        "on_error",
        Choice(STOP, CONTINUE),
        STOP,
        "What happens to the other recipients when one fails. Either way the task fails, and every one is reported.",
    ),
    Control(
        "max_change_percent",
        Integer(0, 100),
        30,
        "The brake: more of all recipients than this share change only with O(confirm_mass_change=true). It never holds"
        " for fewer than ten.",
    ),
    Control("confirm_mass_change", Boolean(), False, "Lets more recipients change than O(max_change_percent) allows."),
    Control(
        "force_upgrade",
        Boolean(),
        False,
        "Lets Exchange upgrade objects left from Exchange 2003, which cannot be undone. Without it such recipients are"
        " listed and refused, where a rule applies to them.",
    ),
    Control(
        "domain_type",
        Choice(INTERNAL_RELAY, AUTHORITATIVE),
        None,
        "The type of the accepted domains that mail leaves with. Without it, domains that are there keep theirs, and"
        " missing ones are made V(internal_relay).",
    ),
    Control(
        "change_type",
        Boolean(),
        False,
        "Lets an accepted domain that is there get the type O(domain_type). Never that of the default domain.",
    ),
    Control(
        "all_mailboxes_here",
        Boolean(),
        False,
        "Says that every mailbox of the domain is on this server, which O(domain_type=authoritative) needs: mail to any"
        " other address of the domain is then returned to its sender.",
    ),
    Control(
        "provider_mailboxes",
        ListOf(Address()),
        None,
        "Mailboxes at the provider, whose addresses O(domain_type=authoritative) needs to be recipients here.",
    ),
    Control(
        "unknown_recipients_return",
        Answer(),
        None,
        "Whether mail to an address of the domain that nobody has comes back to this server: its MX points here, a"
        " collector routes by header, or the provider forwards. V(yes), V(no) or V(unknown), for all domains or as a"
        " mapping by domain. Needed for a domain that becomes V(internal_relay), since such mail would go round in"
        " circles.",
    ),
    Control(
        "provider_domains",
        ListOf(DomainName()),
        None,
        "The domains that the provider takes as a sender's; by default those of the rules.",
    ),
    Control(
        "sent_senders_days",
        Integer(0, MOST_DAYS),
        30,
        "For how many days back the message tracking log is read for senders whose mail left with a foreign address."
        " V(0): not at all.",
    ),
    Control("policy_name", Text(64), None, "The e-mail address policy of O(method=policy): taken over, or created."),
    Control(
        "policy_templates",
        ListOf(Text()),
        None,
        "Its templates, C(SMTP:) before the one of the primary address. By default C(SMTP:%m@) with the domain to which"
        " the rules lead, and C(smtp:%m@) with each one from which.",
    ),
    Control(
        "policy_priority",
        Integer(1, 1000),
        None,
        "Its priority. A new policy has V(1) by default, the highest; one that is there keeps its own.",
    ),
    Control(
        "policy_included_recipients",
        Choice(*INCLUDED),
        None,
        "For which recipients it is. A new policy is for V(AllRecipients) by default; one that is there keeps its own.",
    ),
)
"""All options of the action but those of every run."""


@dataclass(frozen=True)
class Desired:
    """A checked wish. What is None is not declared. ``returns``: answers by domain, the empty one for all others."""

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
    policy_templates: tuple[Template, ...] = ()
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


def parse_desired(arguments: Mapping[str, Any], found: Sequence[Reason] = ()) -> Desired:
    """The wish of a task's arguments.

    Raises WishRefused with every reason, those ``found`` before among them: unknown options, wrong types, rules that
    contradict each other, a policy without a name or with templates that do not fit.
    """
    reasons = [*found, *unknown_options(arguments, names(CONTROLS), WHERE)]
    rules = parse_rules(reasons, arguments.get("rules"), arguments.get("exceptions"))
    plain = (each for each in CONTROLS if each.option not in ("rules", "exceptions"))
    values = convert_all(reasons, WHERE, plain, arguments)
    values["policy_templates"] = parse_templates(reasons, values["policy_templates"])
    reasons += _policy_contradictions(values, rules) if values["method"] == POLICY else []
    refuse(reasons)
    return _desired(values, rules)


def _desired(values: dict[str, Any], rules: RuleBook) -> Desired:
    """The wish of checked values, with what follows from the rules."""
    values["returns"] = values.pop("unknown_recipients_return") or ()
    values["provider_mailboxes"] = values["provider_mailboxes"] or ()
    values["provider_domains"] = frozenset(values["provider_domains"] or rules.target_domains)
    if values["method"] == POLICY and not values["policy_templates"]:
        values["policy_templates"] = default_templates(rules)
    return Desired(rules, **values)


def _policy_contradictions(values: Mapping[str, Any], rules: RuleBook) -> list[Reason]:
    """What a policy cannot do, and what it needs to be told."""
    reasons = [] if values["policy_name"] else [say("policy_name_missing", WHERE)]
    reasons += [say("policy_single_rule", WHERE, rule=str(rule)) for rule in rules.rules if rule.single]
    targets = rules.target_domains
    if len(targets) > 1:
        reasons.append(say("policy_several_targets", WHERE, domains=", ".join(targets)))
    primary = next((each for each in values["policy_templates"] if each.primary), None)
    if primary and targets and primary.domain not in targets:
        reasons.append(say("policy_other_target", WHERE, template=str(primary), domain=targets[0]))
    return reasons


def provider_mailboxes_in(desired: Desired, domain: str) -> list[str]:
    """The declared provider mailboxes of a domain."""
    return [address for address in desired.provider_mailboxes if domain_of(address) == domain]
