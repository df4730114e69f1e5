"""The accepted domains of the organisation and Get-, New-, Set- and Remove-AcceptedDomain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from lab.exchange import contract, errors, named_objects
from lab.exchange.accepted_domain import AUTHORITATIVE, EXTERNAL_RELAY, AcceptedDomain
from lab.exchange.address_template import AddressTemplate
from lab.exchange.conversion import convert
from lab.exchange.host import ExchangeHost, Output

_OF_THE_CALL = {"Identity", "DomainController", "WhatIf"}
_SETTABLE = ("Name", "DomainType", "AddressBookEnabled", "OutboundOnly")
_PROPERTIES = {"Name", "DomainName", "DomainType", "Default", "AddressBookEnabled", "OutboundOnly"}

Templates = Callable[[], Iterable[tuple[str, AddressTemplate]]]


class AcceptedDomains:
    """All of them, oldest first. ``templates`` gives the names of policies with each template that they hold."""

    def __init__(self, host: ExchangeHost, templates: Templates = lambda: ()) -> None:
        self._host = host
        self.templates = templates
        self.all: list[AcceptedDomain] = []

    def get(self, typed: dict[str, object]) -> Output:
        """Get-AcceptedDomain."""
        named_objects.refuse_unknown(self._host, "Get-AcceptedDomain", typed, _OF_THE_CALL)
        chosen = self.all
        if isinstance(identity := typed.get("Identity"), str):
            chosen = [self._one("Get-AcceptedDomain", identity)]
        return [domain.read_back() for domain in chosen]

    def new(self, typed: dict[str, object]) -> Output:
        """New-AcceptedDomain; the first one is the default."""
        command = "New-AcceptedDomain"
        named_objects.refuse_unknown(self._host, command, typed, {*_OF_THE_CALL, *_SETTABLE, "DomainName"})
        domain = self._blank(str(typed["Name"]), str(typed["DomainName"]))
        kind = str(typed.get("DomainType", AUTHORITATIVE))
        outbound = bool(typed.get("OutboundOnly"))
        domain = replace(domain, DomainType=kind, AddressBookEnabled=kind == AUTHORITATIVE, OutboundOnly=outbound)
        domain = replace(domain, Default=not self.all)
        named_objects.check_name(self._host, command, self.all, domain, None)
        self._check_is_new(command, domain)
        if typed.get("WhatIf"):
            return []
        self.all = [*self.all, domain]
        return [domain.read_back()]

    def set(self, typed: dict[str, object]) -> Output:
        """Set-AcceptedDomain. ``MakeDefault $false`` does nothing: there is always a default domain (assumed)."""
        command = "Set-AcceptedDomain"
        named_objects.refuse_unknown(self._host, command, typed, {*_OF_THE_CALL, *_SETTABLE, "MakeDefault"})
        before = self._one(command, str(typed["Identity"]))
        changes: dict[str, Any] = {name: typed[name] for name in _SETTABLE if name in typed}
        after = replace(before, **changes, Default=before.Default or bool(typed.get("MakeDefault")))
        after = replace(after, DistinguishedName=self._host.directory.accepted_domain_dn(after.Name))
        named_objects.check_name(self._host, command, self.all, after, before)
        self._check_kind(command, after)
        if not typed.get("WhatIf"):
            self._put(before, replace(after, WhenChanged=self._host.now()))
        return []

    def remove(self, typed: dict[str, object]) -> Output:
        """Remove-AcceptedDomain."""
        command = "Remove-AcceptedDomain"
        domain = self._one(command, str(typed["Identity"]))
        if domain.Default:
            raise self._host.error(command, "default_domain_stays", errors.LOCALIZED, identity=domain.Name)
        self._check_unused(command, domain)
        if not typed.get("WhatIf"):
            self.all = [other for other in self.all if other is not domain]
        return []

    def of(self, domain: str) -> AcceptedDomain | None:
        """The accepted domain that covers a domain, an exact one before one with a wildcard."""
        covering = [each for each in self.all if each.covers(domain)]
        return min(covering, key=lambda each: each.DomainName.startswith("*."), default=None)

    def edit(self, properties: Mapping[str, Any]) -> None:
        """Put or change one behind the cmdlets' back, by its name: no rule is asked. ``remove: true`` takes it away.

        Raises KeyError for an unknown property, ConversionError for a value that no host could hold.
        """
        name = str(properties["Name"])
        before = next((each for each in self.all if each.Name == name), None)
        if properties.get("remove"):
            self.all = [other for other in self.all if other is not before]
            return
        typed = {key: _typed(key, value) for key, value in properties.items() if key != "remove"}
        if before is None and "AddressBookEnabled" not in typed:
            typed["AddressBookEnabled"] = typed.get("DomainType", AUTHORITATIVE) == AUTHORITATIVE
        blank = before or self._blank(name, str(typed.get("DomainName", name)))
        self._put(before, replace(blank, **typed, WhenChanged=self._host.now()))

    def _blank(self, name: str, domain: str) -> AcceptedDomain:
        now, directory = self._host.now(), self._host.directory
        guid = directory.guid("accepted-domain", f"{name}/{domain}", len(self.all))
        return AcceptedDomain(name, domain, guid, directory.accepted_domain_dn(name), now, now)

    def _put(self, before: AcceptedDomain | None, after: AcceptedDomain) -> None:
        """There is one default domain at most: a new one takes the place of the old one."""
        others = [replace(each, Default=each.Default and not after.Default) for each in self.all if each is not before]
        place = len(others) if before is None else self.all.index(before)
        self.all = [*others[:place], after, *others[place:]]

    def _one(self, command: str, identity: str) -> AcceptedDomain:
        """By name, GUID or distinguished name; the domain itself is an identity too (assumed)."""
        by_domain = [each for each in self.all if each.DomainName.lower() == identity.lower()]
        if len(by_domain) == 1 and not named_objects.named(self.all, identity):
            return by_domain[0]
        return named_objects.one(self._host, command, self.all, identity)

    def _check_is_new(self, command: str, domain: AcceptedDomain) -> None:
        for other in self.all:
            if other.DomainName.lower() == domain.DomainName.lower():
                fields = {"domain": domain.DomainName, "identity": other.Name}
                raise self._host.error(command, "accepted_domain_exists", errors.OBJECT_EXISTS, **fields)

    def _check_kind(self, command: str, domain: AcceptedDomain) -> None:
        """An external relay domain, or one with a wildcard, is neither a default domain nor one of a policy."""
        if domain.Default and (domain.DomainType == EXTERNAL_RELAY or domain.DomainName.startswith("*.")):
            raise self._host.error(command, "default_domain_kind", errors.LOCALIZED, identity=domain.Name)
        if not domain.may_give_addresses:
            self._check_unused(command, domain)

    def _check_unused(self, command: str, domain: AcceptedDomain) -> None:
        for policy, template in self.templates():
            if template.domain.lower() == domain.DomainName.lower():
                fields = {"identity": domain.Name, "template": template.display(), "policy": policy}
                raise self._host.error(command, "accepted_domain_in_use", errors.LOCALIZED, **fields)


def _typed(name: str, value: object) -> Any:
    if name not in _PROPERTIES:
        raise KeyError(f"an accepted domain has no property {name!r}")
    if name in ("Default", "AddressBookEnabled"):
        return bool(value)
    return convert(contract.load()["New-AcceptedDomain"].parameters[name], value)
