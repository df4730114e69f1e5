"""Who is there on an untouched SBS 2011, and as many more as a test wants.

The names of SBS's own groups and of its policy are assumed: no public page that was found has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

SBS_POLICY: Final = "Windows SBS Email Address Policy"
DEFAULT_POLICY: Final = "Default Policy"
_FIRST: Final = ("Anna", "Bernd", "Clara", "Dieter", "Eva", "Frank", "Gerda", "Hans", "Inge", "Jens")
_LAST: Final = ("Schmidt", "Meyer", "Schulz", "Fischer", "Weber", "Wagner", "Becker", "Hoffmann", "Koch", "Richter")
_KINDS: Final = {
    7: "MailContact",
    13: "MailUniversalDistributionGroup",
    17: "MailUniversalSecurityGroup",
    23: "SharedMailbox",
    29: "MailUser",
    31: "RoomMailbox",
    37: "DynamicDistributionGroup",
    41: "PublicFolder",
}
"""Of fifty generated recipients the ones that are no user mailboxes, by their number."""

SYSTEM_MAILBOXES: Final = (
    ("DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}", "DiscoveryMailbox"),
    ("SystemMailbox{1f05a927-25e9-4de0-a55f-4f1e1d2f2c40}", "ArbitrationMailbox"),
    ("SystemMailbox{e0dc1c29-89c3-4034-b678-e6c29d823ed9}", "ArbitrationMailbox"),
    ("FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042", "ArbitrationMailbox"),
)
"""Exchange's own mailboxes, each with its RecipientTypeDetails."""

RECIPIENTS: Final[list[dict[str, Any]]] = [
    {"Name": "Administrator", "OrganizationalUnit": "Users"},
    {"Name": "Anna Schmidt", "Alias": "anna", "FirstName": "Anna", "LastName": "Schmidt"},
    {"Name": "Bernd Meyer", "Alias": "bernd", "FirstName": "Bernd", "LastName": "Meyer"},
    {"Name": "Buchhaltung", "Alias": "buchhaltung", "RecipientTypeDetails": "SharedMailbox"},
    {"Name": "Windows SBS Administrators", "RecipientTypeDetails": "MailUniversalSecurityGroup"},
    {"Name": "Windows SBS Fax Users", "RecipientTypeDetails": "MailUniversalSecurityGroup"},
    {"Name": "Alle Mitarbeiter", "Alias": "alle", "RecipientTypeDetails": "MailUniversalDistributionGroup"},
]


def recipients(domain: str) -> list[dict[str, Any]]:
    """SBS's own, and Exchange's own mailboxes. That Get-Recipient shows the arbitration mailboxes, and that none of
    them follows policies, is assumed."""
    own = {"HiddenFromAddressListsEnabled": True, "EmailAddressPolicyEnabled": False}
    return [*RECIPIENTS, *({**own, **_system_mailbox(name, kind, domain)} for name, kind in SYSTEM_MAILBOXES)]


def _system_mailbox(name: str, details: str, domain: str) -> dict[str, Any]:
    alias = name.replace(" ", "")
    addresses = [f"SMTP:{alias}@{domain}"]
    return {"Name": name, "Alias": alias, "RecipientTypeDetails": details, "EmailAddresses": addresses}


def accepted_domains(domain: str) -> list[dict[str, Any]]:
    """The domain of the organisation, which is the default one."""
    return [{"Name": domain, "DomainName": domain, "Default": True}]


def email_address_policies(domain: str, is_sbs: bool) -> list[dict[str, Any]]:
    """SBS's own policy for everybody, and the default one."""
    own = {"Name": SBS_POLICY, "Priority": 1, "EnabledEmailAddressTemplates": [f"SMTP:%m@{domain}"], "applied": True}
    default = {
        "Name": DEFAULT_POLICY,
        "Priority": "Lowest",
        "EnabledEmailAddressTemplates": [f"SMTP:@{domain}"],
        "RecipientFilter": "Alias -ne $null",
        "applied": True,
    }
    return [default, own] if is_sbs else [default]


def generated(number: int) -> Iterator[dict[str, Any]]:
    """So many recipients of all kinds, the same in every run: ``user00001`` and on, four in five user mailboxes."""
    for at in range(1, number + 1):
        kind = _KINDS.get(at % 50, "UserMailbox")
        first, last = _FIRST[at % 10], _LAST[at // 10 % 10]
        entry = {
            "Name": f"{first} {last} {at:05d}",
            "Alias": f"user{at:05d}",
            "RecipientTypeDetails": kind,
            "FirstName": first,
            "LastName": last,
        }
        if kind in ("MailContact", "MailUser"):
            entry["ExternalEmailAddress"] = f"extern{at:05d}@beispiel.org"
        yield entry
