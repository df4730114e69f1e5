"""The e-mail address policies of the organisation and Get-, New-, Set- and Remove-EmailAddressPolicy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lab.exchange import contract, errors, named_objects
from lab.exchange.accepted_domains import AcceptedDomains
from lab.exchange.address_template import AddressTemplate
from lab.exchange.conversion import convert
from lab.exchange.email_address_policy import CONDITIONS, EmailAddressPolicy
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.opath import FilterError
from lab.exchange.recipient import Recipient

_OF_THE_CALL = {"Identity", "DomainController", "WhatIf", "ForceUpgrade"}
_PROPERTIES = {
    "Name",
    "Priority",
    "EnabledEmailAddressTemplates",
    "EnabledPrimarySMTPAddressTemplate",
    "DisabledEmailAddressTemplates",
    "IncludedRecipients",
    "RecipientFilter",
    "RecipientContainer",
    *CONDITIONS,
}
_OF_THE_DEFAULT = {"EnabledEmailAddressTemplates", "EnabledPrimarySMTPAddressTemplate", "DisabledEmailAddressTemplates"}


class EmailAddressPolicies:
    """All policies. The first by priority that matches a recipient is its policy, even one that was never applied."""

    def __init__(self, host: ExchangeHost, domains: AcceptedDomains) -> None:
        self._host = host
        self._domains = domains
        self._created = 0
        self.all: list[EmailAddressPolicy] = []
        """In the order in which they are asked."""

    def get(self, typed: dict[str, object]) -> Output:
        """Get-EmailAddressPolicy."""
        named_objects.refuse_unknown(self._host, "Get-EmailAddressPolicy", typed, _OF_THE_CALL)
        chosen = self.all
        if isinstance(identity := typed.get("Identity"), str):
            chosen = [self.one("Get-EmailAddressPolicy", identity)]
        return [policy.read_back() for policy in chosen]

    def new(self, typed: dict[str, object]) -> Output:
        """New-EmailAddressPolicy: it is only stored. Without a priority it comes last, before the default policy."""
        command = "New-EmailAddressPolicy"
        named_objects.refuse_unknown(self._host, command, typed, _OF_THE_CALL | _PROPERTIES)
        self._check_filter_once(command, typed)
        blank = self._blank(str(typed["Name"]), None)
        policy = self._written(command, blank, {"Priority": self._lowest() + 1, **typed})
        self._check(command, policy, None)
        if typed.get("WhatIf"):
            return []
        self._put(None, policy)
        return [self.one(command, policy.Guid).read_back()]

    def set(self, typed: dict[str, object]) -> Output:
        """Set-EmailAddressPolicy: it is only stored, and counts as not applied."""
        command = "Set-EmailAddressPolicy"
        named_objects.refuse_unknown(self._host, command, typed, _OF_THE_CALL | _PROPERTIES)
        self._check_filter_once(command, typed)
        before = self.one(command, str(typed["Identity"]))
        if before.is_default:
            self._check_default(command, before, typed)
        after = replace(self._written(command, before, typed), applied=False, WhenChanged=self._host.now())
        self._check(command, after, before)
        if not typed.get("WhatIf"):
            self._put(before, after)
        return []

    def remove(self, typed: dict[str, object]) -> Output:
        """Remove-EmailAddressPolicy: addresses that it gave stay."""
        command = "Remove-EmailAddressPolicy"
        policy = self.one(command, str(typed["Identity"]))
        if policy.is_default:
            raise self._host.error(command, "default_policy_stays", errors.LOCALIZED, identity=policy.Name)
        if not typed.get("WhatIf"):
            self._arrange([other for other in self.all if other is not policy])
        return []

    def one(self, command: str, identity: str) -> EmailAddressPolicy:
        """The policy of that name, GUID or distinguished name. Raises CmdletError."""
        return named_objects.one(self._host, command, self.all, identity)

    def of(self, recipient: Recipient) -> EmailAddressPolicy | None:
        """The policy that the recipient follows if it follows policies."""
        return next((policy for policy in self.all if policy.is_for(recipient)), None)

    def mark_applied(self, policy: EmailAddressPolicy) -> None:
        """It has been applied to everybody for whom it is."""
        self.all = [replace(each, applied=True) if each is policy else each for each in self.all]

    def templates(self) -> Iterator[tuple[str, AddressTemplate]]:
        """Every template with the name of its policy."""
        return ((policy.Name, template) for policy in self.all for template in policy.templates)

    def edit(self, properties: Mapping[str, Any]) -> None:
        """Put or change one behind the cmdlets' back, by its name: no rule is asked. ``remove: true`` takes it away.

        Raises KeyError for an unknown property, ConversionError or ValueError for a value that no host could hold.
        """
        name = str(properties["Name"])
        before = next((each for each in self.all if each.Name == name), None)
        if properties.get("remove"):
            self._arrange([other for other in self.all if other is not before])
            return
        typed = {key: _typed(key, value) for key, value in properties.items() if key not in ("remove", "applied")}
        if before is None:
            typed = {"Priority": self._lowest() + 1, "IncludedRecipients": "AllRecipients", **typed}
        after = _written(before or self._blank(name, None), typed)
        if sum(template.primary for template in after.templates) != 1:
            raise ValueError("exactly one primary template is expected")
        after.is_for(_NOBODY_YET)
        self._put(before, replace(after, applied=bool(properties.get("applied", after.applied))))

    def _blank(self, name: str, priority: int | None) -> EmailAddressPolicy:
        self._created += 1
        now, directory = self._host.now(), self._host.directory
        guid = directory.guid("email-address-policy", name, self._created)
        return EmailAddressPolicy(name, guid, directory.policy_dn(name), now, now, priority, ())

    def _written(self, command: str, policy: EmailAddressPolicy, typed: dict[str, object]) -> EmailAddressPolicy:
        try:
            written = _written(policy, typed)
            written.is_for(_NOBODY_YET)
        except FilterError as error:
            fields = {"filter": typed.get("RecipientFilter"), "part": error}
            raise self._host.error(command, "filter_not_simulated", errors.LOCALIZED, **fields) from None
        except ValueError as error:
            raise self._host.error(command, "template_invalid", errors.DATA_VALIDATION, value=error) from None
        return replace(written, DistinguishedName=self._host.directory.policy_dn(written.Name))

    def _put(self, before: EmailAddressPolicy | None, after: EmailAddressPolicy) -> None:
        """In its place by priority: it comes before whatever had that number."""
        others = [other for other in self.all if other is not before]
        place = len(others) if after.priority is None else after.priority - 1
        self._arrange([*others[:place], after, *others[place:]])

    def _arrange(self, policies: Iterable[EmailAddressPolicy]) -> None:
        """Priorities have no gaps."""
        ordered = sorted(policies, key=lambda policy: policy.is_default)
        self.all = [each if each.is_default else replace(each, priority=at) for at, each in enumerate(ordered, 1)]

    def _lowest(self) -> int:
        return sum(1 for policy in self.all if not policy.is_default)

    def _check(self, command: str, policy: EmailAddressPolicy, before: EmailAddressPolicy | None) -> None:
        named_objects.check_name(self._host, command, self.all, policy, before)
        if sum(template.primary for template in policy.templates) != 1:
            raise self._host.error(command, "template_primary", errors.DATA_VALIDATION, identity=policy.Name)
        for template in policy.templates:
            domain = self._domains.of(template.domain)
            if domain is None or not domain.may_give_addresses:
                fields = {"domain": template.domain, "template": template.display()}
                raise self._host.error(command, "template_domain", errors.DATA_VALIDATION, **fields)
        highest = self._lowest() + (before is None)
        if policy.is_default != (before is not None and before.is_default) or highest < (policy.priority or 0):
            numbers = {"priority": policy.priority or "Lowest", "highest": highest}
            raise self._host.error(command, "priority_out_of_range", errors.DATA_VALIDATION, **numbers)

    def _check_filter_once(self, command: str, typed: dict[str, object]) -> None:
        if typed.get("RecipientFilter") and typed.keys() & {"IncludedRecipients", *CONDITIONS}:
            raise self._host.error(command, "filter_twice", errors.LOCALIZED)

    def _check_default(self, command: str, policy: EmailAddressPolicy, typed: dict[str, object]) -> None:
        """It can be given other templates; its name, filter and priority stay."""
        for name in sorted(typed.keys() - _OF_THE_CALL - _OF_THE_DEFAULT):
            fields = {"parameter": name, "identity": policy.Name}
            raise self._host.error(command, "default_policy_fixed", errors.LOCALIZED, **fields)


def _written(policy: EmailAddressPolicy, typed: Mapping[str, Any]) -> EmailAddressPolicy:
    """The policy with typed parameters. Raises ValueError for a primary template that is none."""
    changes: dict[str, Any] = {}
    if "Name" in typed:
        changes["Name"] = typed["Name"]
    if "Priority" in typed:
        changes["priority"] = None if typed["Priority"] == "Lowest" else typed["Priority"]
    if "RecipientContainer" in typed:
        changes["container"] = typed["RecipientContainer"]
    if "DisabledEmailAddressTemplates" in typed:
        changes["disabled"] = typed["DisabledEmailAddressTemplates"]
    if "EnabledEmailAddressTemplates" in typed:
        changes["templates"] = typed["EnabledEmailAddressTemplates"]
    if template := typed.get("EnabledPrimarySMTPAddressTemplate"):
        primary = replace(AddressTemplate.parse(template), primary=True)
        rest = changes.get("templates", policy.templates)
        changes["templates"] = (primary, *(each for each in rest if not each.primary))
    return replace(policy, **changes, **_whom(policy, typed))


def _whom(policy: EmailAddressPolicy, typed: Mapping[str, Any]) -> dict[str, Any]:
    """For whom it is: a filter of its own, or the kinds and conditions."""
    if typed.get("RecipientFilter"):
        return {"own_filter": typed["RecipientFilter"], "included": None, "conditions": {}}
    given = typed.keys() & CONDITIONS.keys()
    if "IncludedRecipients" not in typed and not given:
        return {}
    conditions = {**policy.conditions, **{name: typed[name] for name in given}}
    kept = {name: values for name, values in conditions.items() if values}
    return {"own_filter": None, "included": typed.get("IncludedRecipients", policy.included), "conditions": kept}


def _typed(name: str, value: object) -> Any:
    if name not in _PROPERTIES:
        raise KeyError(f"an e-mail address policy has no property {name!r}")
    return convert(contract.load()["New-EmailAddressPolicy"].parameters[name], value)


def _nobody() -> Recipient:
    from datetime import UTC, datetime

    beginning = datetime(2000, 1, 1, tzinfo=UTC)
    return Recipient("", "", "UserMailbox", "", "", beginning, beginning)


_NOBODY_YET = _nobody()
"""To see whether a filter can be read at all."""
