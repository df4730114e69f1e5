"""Recipients, domains, policies, rewrite entries and tracked mail in state files: how they get in, change, get out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from lab.exchange import contract, untouched
from lab.exchange.addressing import Addressing
from lab.exchange.conversion import convert
from lab.exchange.host import ExchangeHost
from lab.exchange.opath import FilterError
from lab.exchange.proxy_address import ProxyAddress, with_primary
from lab.exchange.recipient import CUSTOM_ATTRIBUTES, KINDS, PROPERTIES, Recipient
from lab.exchange.recipient_filter import parse_recipient_filter
from lab.exchange.recipient_index import RecipientIndex

KEYS: Final = (
    "accepted_domains",
    "email_address_policies",
    "recipients",
    "address_rewrite_entries",
    "transport_agents",
    "tracking",
)
"""The keys of a state file and of a change, in the order in which they are read."""
_SINGULAR = {"email_address_policies": "email_address_policy", "address_rewrite_entries": "address_rewrite_entry"}
_OWN_KEYS = {"EmailAddresses", "ExternalEmailAddress", "Guid", "Members", "RecipientTypeDetails", "remove"}
_PERSONS = {"SharedMailbox", "RoomMailbox", "EquipmentMailbox"}


class AddressState:
    """The one way into the collections that asks no rule, so that a bad host can be built."""

    def __init__(self, addressing: Addressing, host: ExchangeHost) -> None:
        self._addressing = addressing
        self._host = host
        self._made = 0
        self._edits: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "accepted_domains": addressing.domains.edit,
            "email_address_policies": addressing.policies.edit,
            "recipients": self._edit_recipient,
            "address_rewrite_entries": addressing.rewrite_entries.edit,
            "transport_agents": addressing.agents.edit,
            "tracking": addressing.tracking.add,
        }

    def build(self, settings: Mapping[str, Any], is_sbs: bool, checked: Callable[..., None]) -> None:
        """Fill the collections. ``checked`` applies one entry and turns what is wrong with it into the state's error.

        Where a state says nothing (None) of domains, policies or recipients, they are those of an untouched host.
        """
        domain, is_edge = self._host.directory.domain, self._addressing.is_edge
        defaults: dict[str, list[dict[str, Any]]] = {
            "accepted_domains": untouched.accepted_domains(domain),
            "email_address_policies": [] if is_edge else untouched.email_address_policies(domain, is_sbs),
            "recipients": [] if is_edge else untouched.recipients(domain),
        }
        for key in KEYS:
            wish = settings[key]
            self._apply(key, defaults.get(key, []) if wish is None else wish, checked)
        for properties in untouched.generated(settings["generated_recipients"]):
            self._edit_recipient(properties)

    def change(self, changes: Mapping[str, Any], checked: Callable[..., None]) -> None:
        """Merge every list of a change by name."""
        for key in KEYS:
            self._apply(key, changes.get(key, []), checked)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Where the block raises, everything is as before. Objects are replaced, never changed, so this is cheap."""
        addressing = self._addressing
        before = (addressing.domains.all, addressing.policies.all, addressing.rewrite_entries.all)
        recipients, agents, events = list(addressing.recipients.index), addressing.agents.enabled, addressing.tracking
        known = list(events.events)
        try:
            yield
        except BaseException:
            addressing.domains.all, addressing.policies.all, addressing.rewrite_entries.all = before
            addressing.agents.enabled, events.events = agents, known
            addressing.recipients.index = RecipientIndex()
            for recipient in recipients:
                addressing.recipients.index.put(recipient)
            raise

    def dump(self) -> dict[str, Any]:
        """All of it as JSON can hold it."""
        addressing, index = self._addressing, self._addressing.recipients.index
        return {
            "recipients": [_dumped(recipient, index) for recipient in index],
            "accepted_domains": [domain.read_back() for domain in addressing.domains.all],
            "email_address_policies": [policy.read_back() for policy in addressing.policies.all],
            "address_rewrite_entries": [entry.read_back() for entry in addressing.rewrite_entries.all],
            "transport_agents": addressing.agents.all(),
            "tracking": addressing.tracking.all(),
        }

    def _apply(self, key: str, entries: Sequence[Any], checked: Callable[..., None]) -> None:
        for properties in entries:
            if key == "tracking" and isinstance(properties, dict):
                checked("tracking", lambda given: self._edits["tracking"](_unnamed(given)), {"Name": "", **properties})
            else:
                checked(_SINGULAR.get(key, key.removesuffix("s")).replace("_", " "), self._edits[key], properties)
        if key == "recipients":  # a group may stand before its members
            for properties in entries:
                if "Members" in properties and not properties.get("remove"):
                    checked("recipient", self._edit_members, properties)

    def _edit_recipient(self, properties: Mapping[str, Any]) -> None:
        """Put or change one, by its name; ``remove: true`` takes it away. Raises KeyError, ConversionError.

        A new one that follows policies has the address that they give it unless EmailAddresses are given.
        """
        index = self._addressing.recipients.index
        before = self._by_name(str(properties["Name"]))
        if properties.get("remove"):
            if before is not None:
                index.drop(before)
            return
        unknown = properties.keys() - set(PROPERTIES) - _OWN_KEYS
        if unknown:
            raise KeyError(f"a recipient has no property {sorted(unknown)}")
        after = _with(before or self._blank(properties), properties, self._host)
        if before is None and "EmailAddresses" not in properties:
            after = self._with_first_addresses(after)
        if "WindowsEmailAddress" not in properties:
            after = replace(after, WindowsEmailAddress=after.primary)
        index.put(after)

    def _by_name(self, name: str) -> Recipient | None:
        return next((each for each in self._addressing.recipients.index.named(name) if each.Name == name), None)

    def _edit_members(self, properties: Mapping[str, Any]) -> None:
        """Who is in a group from now on, each by anything that names him alone. Raises ValueError."""
        group, wish = self._by_name(str(properties["Name"])), properties["Members"]
        if group is None or group.kind.noun != "DistributionGroup":
            raise ValueError("Members: a distribution group has some, no other recipient")
        if not isinstance(wish, list):
            raise ValueError("Members: a list of names, aliases or addresses is expected")
        members = dict.fromkeys(self._member(str(identity)).Guid for identity in wish)
        self._addressing.recipients.index.put(replace(group, Members=tuple(members), WhenChanged=self._host.now()))

    def _member(self, identity: str) -> Recipient:
        found = self._addressing.recipients.index.named(identity)
        if len(found) != 1:
            raise ValueError(f"Members: {len(found)} recipients are named {identity!r}, exactly one is expected")
        return found[0]

    def _blank(self, properties: Mapping[str, Any]) -> Recipient:
        self._made += 1
        details = str(properties.get("RecipientTypeDetails", "UserMailbox"))
        if details not in KINDS:
            raise KeyError(f"RecipientTypeDetails {details!r} is none of {sorted(KINDS)}")
        directory, name, now = self._host.directory, str(properties["Name"]), self._host.now()
        guid = str(properties.get("Guid") or directory.guid("recipient", name, self._made))
        unit = f"{directory.domain}/{KINDS[details].unit}"
        alias = name.replace(" ", "").encode("ascii", "ignore").decode("ascii") or None
        recipient = Recipient(guid, name, details, unit, "", now, now, Alias=alias, DisplayName=name)
        return replace(recipient, ExchangeUserAccountControl="AccountDisabled" if details in _PERSONS else "None")

    def _with_first_addresses(self, recipient: Recipient) -> Recipient:
        """Those of its policy, and where it points outside, that address too: the only one where it follows none."""
        external = recipient.ExternalEmailAddress
        if recipient.EmailAddressPolicyEnabled:
            recipient = self._addressing.recipients.by_policy(recipient)
        if external is None or not external.is_smtp:
            return recipient
        if not recipient.addresses:
            return replace(recipient, addresses=with_primary((), external.address))
        return replace(recipient, addresses=(*recipient.addresses, ProxyAddress("smtp", external.address)))


def _with(recipient: Recipient, properties: Mapping[str, Any], host: ExchangeHost) -> Recipient:
    """The recipient with properties from outside."""
    changes: dict[str, Any] = {
        name: properties[name] for name in PROPERTIES if name in properties and name not in CUSTOM_ATTRIBUTES
    }
    given = {name: str(properties[name] or "") for name in CUSTOM_ATTRIBUTES if name in properties}
    if given:
        changes["attributes"] = {name: text for name, text in {**recipient.attributes, **given}.items() if text}
    if changes.get("RecipientFilter"):
        _check_filter(str(changes["RecipientFilter"]))
    if "OrganizationalUnit" in changes and not changes["OrganizationalUnit"].startswith(host.directory.domain):
        changes["OrganizationalUnit"] = f"{host.directory.domain}/{changes['OrganizationalUnit']}"
    if "EmailAddresses" in properties:
        changes["addresses"] = _converted("EmailAddresses", properties["EmailAddresses"])
    if "ExternalEmailAddress" in properties:
        changes["ExternalEmailAddress"] = _converted("ExternalEmailAddress", properties["ExternalEmailAddress"])
    after = replace(recipient, **changes, WhenChanged=host.now())
    return replace(after, DistinguishedName=host.directory.recipient_dn(after.OrganizationalUnit, after.Name))


def _converted(name: str, value: object) -> Any:
    return convert(contract.load()["Set-MailContact"].parameters[name], value)


def _check_filter(written: str) -> None:
    """Whoever is submitted to has to be found then. Raises ValueError."""
    try:
        parse_recipient_filter(written)
    except FilterError as error:
        raise ValueError(f"RecipientFilter: the lab does not understand {str(error)!r}") from error


def _dumped(recipient: Recipient, index: RecipientIndex) -> dict[str, Any]:
    """Everything that a state can say of it; Members by their canonical names, of groups alone."""
    more = ("Initials", "WindowsEmailAddress", "ExchangeUserAccountControl", "RecipientFilter")
    shown: dict[str, Any] = recipient.read_back()
    shown |= {name: getattr(recipient, name) for name in more} | {"Alias": recipient.Alias}
    if recipient.kind.noun == "DistributionGroup":
        shown["Members"] = [member.path for member in index.those(recipient.Members)]
    return shown


def _unnamed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "Name"}
