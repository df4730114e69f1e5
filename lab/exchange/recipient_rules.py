"""One Set- cmdlet on one recipient: what it writes, and what Exchange refuses to write.

From Microsoft's reference: EmailAddresses and PrimarySmtpAddress exclude each other; the primary address of a recipient
that follows policies is the policy's; a group is written by its managers or with BypassSecurityGroupManagerCheck; an
object of Exchange 2003 is written after ForceUpgrade only. No accepted domain is asked for: 2010's pages ask for one
where a policy gives an address, not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from lab.exchange import errors, named_objects
from lab.exchange.errors import CmdletError
from lab.exchange.host import ExchangeHost
from lab.exchange.proxy_address import (
    AddressEdit,
    AddressError,
    Addresses,
    ProxyAddress,
    arranged,
    edited,
    primary_of,
    with_primary,
)
from lab.exchange.recipient import CURRENT_VERSION, CUSTOM_ATTRIBUTES, VERSION_2007, Recipient
from lab.exchange.recipient_index import RecipientIndex

ACCOUNT: Final = "Administrator"
"""Who runs the cmdlets; a group that it manages needs no bypass."""
_OF_THE_CALL = {
    "Identity",
    "BypassSecurityGroupManagerCheck",
    "DomainController",
    "Force",
    "ForceUpgrade",
    "IgnoreDefaultScope",
    "WhatIf",
}
_PLAIN = (
    "Alias",
    "DisplayName",
    "EmailAddressPolicyEnabled",
    "ExternalEmailAddress",
    "HiddenFromAddressListsEnabled",
    "Name",
    "WindowsEmailAddress",
)
_ADDRESSES = ("EmailAddresses", "PrimarySmtpAddress")
_ALIAS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u00ff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\u00ff-]+)*")
"""By Microsoft's reference of Alias; the umlauts in it become plain letters in an address."""


class Change:
    """``typed`` are the parameters as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost, command: str, before: Recipient, typed: Mapping[str, object]) -> None:
        self._host = host
        self._command = command
        self._before = before
        self._typed = dict(typed)

    def check_rights(self) -> None:
        """Whether it may be written at all, and all of it is simulated."""
        known = {*_OF_THE_CALL, *_PLAIN, *_ADDRESSES, *CUSTOM_ATTRIBUTES, "ManagedBy"}
        named_objects.refuse_unknown(self._host, self._command, self._typed, known)
        if self._command == "Set-DistributionGroup" and not self._typed.get("BypassSecurityGroupManagerCheck"):
            managers = {manager.rpartition("/")[2].lower() for manager in self._before.ManagedBy}
            if ACCOUNT.lower() not in managers:
                raise self._error("not_a_manager", errors.RECIPIENT_TASK)
        if self._before.is_legacy and not self._typed.get("ForceUpgrade"):
            raise self._too_old()

    def written(self) -> Recipient:
        """The recipient as it would be stored, before any policy."""
        before, typed = self._before, self._typed
        changes: dict[str, Any] = {name: typed[name] for name in _PLAIN if name in typed}
        if before.is_legacy:
            changes["ExchangeVersion"] = CURRENT_VERSION
        if managers := typed.get("ManagedBy"):
            changes["ManagedBy"] = managers if isinstance(managers, list) else [managers]
        given = {name: str(typed[name] or "") for name in CUSTOM_ATTRIBUTES if name in typed}
        if given:
            changes["attributes"] = {name: text for name, text in {**before.attributes, **given}.items() if text}
        for name in ("Alias", "WindowsEmailAddress"):
            if name in changes:
                changes[name] = changes[name] or (None if name == "Alias" else "")
        after = replace(before, **changes)
        directory = self._host.directory
        after = replace(after, DistinguishedName=directory.recipient_dn(after.OrganizationalUnit, after.Name))
        return self._with_addresses(after)

    def check(self, after: Recipient, index: RecipientIndex) -> None:
        """What Exchange says of the recipient that is about to be stored; the first reason counts."""
        if after.Alias is None:
            raise self._error("alias_missing", errors.DATA_VALIDATION, identity=after.path)
        if not _ALIAS.fullmatch(after.Alias):
            raise self._error("alias_invalid", errors.DATA_VALIDATION, alias=after.Alias)
        if not after.primary:
            raise self._error("primary_missing", errors.DATA_VALIDATION, identity=after.path)
        known = {each.key for each in self._before.addresses}
        for address in after.addresses:
            owner = index.owner_of(address.key, after.Guid)
            if owner is not None and address.key not in known:
                fields = {"address": address.display(), "owner": owner.path}
                raise self._error("proxy_in_use", errors.PROXY_IN_USE, **fields)
        if after.DistinguishedName != self._before.DistinguishedName:
            others = [other for other in index.named(after.DistinguishedName) if other.Guid != after.Guid]
            named_objects.check_name(self._host, self._command, others, after, None)

    def _with_addresses(self, after: Recipient) -> Recipient:
        addresses = self._new_addresses(after)
        external = after.ExternalEmailAddress
        if external is not None and external.key not in {each.key for each in addresses}:
            addresses = (*addresses, ProxyAddress("smtp", external.address) if external.is_smtp else external)
        if addresses == after.addresses:
            return after
        primary = primary_of(addresses)
        if primary.lower() != self._before.primary.lower():
            if after.EmailAddressPolicyEnabled:
                raise self._error("primary_by_policy", errors.RECIPIENT_TASK, identity=after.path)
            after = replace(after, WindowsEmailAddress=primary)
        return replace(after, addresses=addresses)

    def _new_addresses(self, after: Recipient) -> Addresses:
        typed = self._typed
        if all(name in typed for name in _ADDRESSES):
            raise self._error("addresses_twice", errors.RECIPIENT_TASK)
        if primary := typed.get("PrimarySmtpAddress"):
            return with_primary(after.addresses, str(primary))
        wish = typed.get("EmailAddresses", after.addresses)
        try:
            return edited(after.addresses, wish) if isinstance(wish, AddressEdit) else arranged(_addresses(wish))
        except AddressError as error:
            raise self._error(error.key, errors.DATA_VALIDATION, value=error.address) from None

    def _too_old(self) -> CmdletError:
        """The cmdlets for mailboxes and public folders know no ForceUpgrade."""
        version = self._before.ExchangeVersion
        if self._command in ("Set-Mailbox", "Set-MailPublicFolder"):
            name = next((name for name in sorted(self._typed) if name not in _OF_THE_CALL), "Name")
            fields = {"property": name, "wanted": VERSION_2007, "version": version}
            return self._error("version_too_old", errors.OBJECT_TOO_OLD, **fields)
        return self._error("upgrade_needed", errors.NON_INTERACTIVE, identity=self._before.path)

    def _error(self, key: str, type: str, **fields: object) -> CmdletError:
        return self._host.error(self._command, key, type, **fields)


def _addresses(wish: object) -> Addresses:
    assert isinstance(wish, tuple)
    return wish
