"""The recipients of the organisation: Get-Recipient, Get- and Set- of each kind, Update-EmailAddressPolicy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from lab.exchange import errors, named_objects
from lab.exchange.address_template import AddressTemplate, fit_for_smtp
from lab.exchange.email_address_policies import EmailAddressPolicies
from lab.exchange.email_address_policy import EmailAddressPolicy
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.opath import FilterError
from lab.exchange.proxy_address import ProxyAddress, primary_of, with_primary
from lab.exchange.recipient import KINDS, Recipient
from lab.exchange.recipient_filter import parse_recipient_filter
from lab.exchange.recipient_index import RecipientIndex
from lab.exchange.recipient_rules import Change
from lab.exchange.values import Limit

NOUNS: Final = tuple(dict.fromkeys(kind.noun for kind in KINDS.values()))
DEFAULT_RESULTS: Final = 1000
_READ = {
    "Identity",
    "Anr",
    "ANR",
    "Filter",
    "RecipientType",
    "RecipientTypeDetails",
    "OrganizationalUnit",
    "ManagedBy",
    "SortBy",
    "ResultSize",
    "DomainController",
    "Credential",
    "IgnoreDefaultScope",
    "ReadFromDomainController",
}
_UPDATE = "Update-EmailAddressPolicy"

Test = Callable[[Recipient], bool]


class Recipients:
    """All recipients. The cmdlets take typed parameters, as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost, policies: EmailAddressPolicies) -> None:
        self._host = host
        self._policies = policies
        self.index = RecipientIndex()

    def cmdlets(self) -> dict[str, Callable[[dict[str, object]], Output]]:
        """All cmdlets by name."""
        found: dict[str, Callable[[dict[str, object]], Output]] = {
            "Get-Recipient": lambda typed: self.get(None, typed),
            _UPDATE: self.update_policy,
        }
        for noun in NOUNS:
            found[f"Get-{noun}"] = lambda typed, noun=noun: self.get(noun, typed)  # type: ignore[misc]
            found[f"Set-{noun}"] = lambda typed, noun=noun: self.set(noun, typed)  # type: ignore[misc]
        return found

    def get(self, noun: str | None, typed: dict[str, object]) -> Output:
        """Get-Recipient where ``noun`` is None, else the cmdlet of that kind."""
        command = f"Get-{noun or 'Recipient'}"
        named_objects.refuse_unknown(self._host, command, typed, _READ)
        tests = list(self._tests(command, noun, typed))
        found = (one for one in self._candidates(command, noun, typed) if all(test(one) for test in tests))
        shown = self._limited(found, typed.get("ResultSize"))
        rows = [one.read_back() if noun is None else one.read_back_whole() for one in shown]
        return self._sorted(command, rows, typed.get("SortBy"))

    def set(self, noun: str, typed: dict[str, object]) -> Output:
        """Set- of one kind. Whoever follows policies gets what the policies say, whatever it was that was changed."""
        command = f"Set-{noun}"
        before = self._one(command, noun, str(typed["Identity"]))
        change = Change(self._host, command, before, typed)
        change.check_rights()
        after = change.written()
        if after.EmailAddressPolicyEnabled:
            after = self.by_policy(after)
        change.check(after, self.index)
        if after == before:
            self._host.warn("nothing_modified", identity=before.path)
        elif not typed.get("WhatIf"):
            self.index.put(replace(after, WhenChanged=self._host.now()))
        return []

    def update_policy(self, typed: dict[str, object]) -> Output:
        """Update-EmailAddressPolicy: everybody whose policy it is and who follows policies gets its addresses."""
        policy = self._policies.one(_UPDATE, str(typed["Identity"]))
        if typed.get("WhatIf"):
            return []
        for recipient in self.index:
            if recipient.EmailAddressPolicyEnabled:
                self._update(policy, recipient, bool(typed.get("FixMissingAlias")))
        self._policies.mark_applied(policy)
        return []

    def by_policy(self, recipient: Recipient) -> Recipient:
        """The recipient with the addresses that its policy gives it; former ones stay as secondary addresses."""
        policy = self._policies.of(recipient)
        return recipient if policy is None else self._with_addresses_of(policy, recipient)

    def _update(self, policy: EmailAddressPolicy, recipient: Recipient, fix_alias: bool) -> None:
        """One follower. What was left by Exchange 2003 is passed over, and who has no alias if that is not fixed."""
        candidate = recipient
        if recipient.Alias is None:
            candidate = replace(recipient, Alias=fit_for_smtp(recipient.Name) or recipient.Guid)
        if self._policies.of(candidate) is not policy:
            return
        if recipient.Alias is None and not fix_alias:
            self._host.warn("policy_skips_alias", identity=recipient.path)
        elif recipient.is_legacy:
            self._host.warn("policy_skips_version", identity=recipient.path)
        else:
            after = self._with_addresses_of(policy, candidate)
            if after != recipient:
                self.index.put(replace(after, WhenChanged=self._host.now()))

    def _with_addresses_of(self, policy: EmailAddressPolicy, recipient: Recipient) -> Recipient:
        addresses = recipient.addresses
        for template in sorted(policy.templates, key=lambda each: each.primary):
            made = self._free_address(template, recipient)
            if made and template.primary:
                addresses = with_primary(addresses, made)
            elif made and f"smtp:{made}".lower() not in {each.key for each in addresses}:
                addresses = (*addresses, ProxyAddress("smtp", made))
        same = {each.display() for each in addresses} == {each.display() for each in recipient.addresses}
        kept = recipient.addresses if same else addresses
        return replace(recipient, addresses=kept, WindowsEmailAddress=primary_of(kept))

    def _free_address(self, template: AddressTemplate, recipient: Recipient) -> str | None:
        """The template's address, with 2, 3 and on behind its local part while somebody else has it (assumed)."""
        local = template.local_part(recipient.variables())
        number = 1
        while local:
            address = f"{local}{number if number > 1 else ''}@{template.domain}"
            if self.index.owner_of(f"smtp:{address}".lower(), recipient.Guid) is None:
                return address
            number += 1
        return None

    def _candidates(self, command: str, noun: str | None, typed: dict[str, object]) -> Iterable[Recipient]:
        identity = typed.get("Identity")
        if not isinstance(identity, str):
            return self.index
        found = self._of_noun(self.index.named(identity), noun)
        if not found:
            raise self._host.not_found(command, identity)
        return found

    def _of_noun(self, recipients: Iterable[Recipient], noun: str | None) -> list[Recipient]:
        return [one for one in recipients if noun in (None, one.kind.noun)]

    def _one(self, command: str, noun: str, identity: str) -> Recipient:
        found = self._of_noun(self.index.named(identity), noun)
        if not found:
            raise self._host.not_found(command, identity)
        if len(found) > 1:
            raise self._host.error(command, "object_ambiguous", errors.OBJECT_AMBIGUOUS, identity=identity)
        return found[0]

    def _tests(self, command: str, noun: str | None, typed: dict[str, object]) -> Iterator[Test]:
        if noun is not None:
            yield lambda one: one.kind.noun == noun
        if isinstance(kinds := typed.get("RecipientType"), list):
            yield lambda one: one.kind.type in kinds
        if isinstance(details := typed.get("RecipientTypeDetails"), list):
            yield lambda one: one.RecipientTypeDetails in details
        if isinstance(unit := typed.get("OrganizationalUnit"), str):
            yield lambda one: f"{one.OrganizationalUnit}/".lower().startswith(f"{unit.strip('/')}/".lower())
        if isinstance(manager := typed.get("ManagedBy"), str):
            yield lambda one: manager.lower() in (each.lower() for each in one.ManagedBy)
        if isinstance(start := typed.get("Anr", typed.get("ANR")), str):
            yield lambda one: any(_begins(name, start) for name in (one.Name, one.Alias, one.DisplayName, one.LastName))
        if isinstance(written := typed.get("Filter"), str):
            yield self._filter(command, written)

    def _filter(self, command: str, written: str) -> Test:
        try:
            return parse_recipient_filter(written)
        except FilterError as error:
            fields = {"filter": written, "part": error}
            raise self._host.error(command, "filter_not_simulated", errors.LOCALIZED, **fields) from None

    def _limited(self, found: Iterable[Recipient], size: object) -> list[Recipient]:
        """1,000 where nothing is said, with a warning where there are more."""
        most = size.number if isinstance(size, Limit) else DEFAULT_RESULTS
        shown = list(found)
        if most is None or len(shown) <= most:
            return shown
        self._host.warn("more_results" if size is not None else "default_result_size")
        return shown[:most]

    def _sorted(self, command: str, rows: Output, name: object) -> Output:
        if not isinstance(name, str):
            return rows
        known = next((key for key in (rows[0] if rows else {}) if key.lower() == name.lower()), None)
        if rows and known is None:
            raise self._host.error(command, "parameter_not_simulated", errors.LOCALIZED, parameter=f"SortBy {name}")
        return sorted(rows, key=lambda row: str(row[str(known)]).lower())


def _begins(name: str | None, start: str) -> bool:
    return bool(name) and str(name).lower().startswith(start.lower())
