"""What the tests of addresses share: recipients as a host prints them, declarations, and a small organisation in
memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.subject import RewriteSubject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Decision, Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.subject import Subject
from tests.unit.plugin_utils.run.examples import FakeHost, done, failed, keys, run_one

INSIDE, OUTSIDE = "nt4admins.local", "beispiel.de"
RULE = {"from": INSIDE, "to": OUTSIDE}
VERSION = "0.10 (14.0.100.0)"
LEGACY = "0.0 (6.5.6500.0)"
X500 = "X500:/o=First Organization/ou=Exchange Administrative Group/cn=Recipients/cn=anna"
X400 = "X400:C=DE;A= ;P=First Organizati;O=Exchange;S=Meyer;G=Anna;"


def guid(name: str) -> str:
    """The GUID of the recipient of that name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def printed(name: str = "Anna", *addresses: str, **changes: Any) -> dict[str, Any]:
    """A recipient as a host prints it; without addresses it has one inside."""
    alias = name.lower()
    entries = list(addresses) or [f"SMTP:{alias}@{INSIDE}"]
    primary = next((each[5:] for each in entries if each.startswith("SMTP:")), None)
    return {
        "Guid": guid(name),
        "Name": name,
        "Alias": alias,
        "DisplayName": name,
        "FirstName": name,
        "LastName": "Meyer",
        "RecipientType": "UserMailbox",
        "RecipientTypeDetails": "UserMailbox",
        "EmailAddresses": entries,
        "PrimarySmtpAddress": primary,
        "EmailAddressPolicyEnabled": False,
        "HiddenFromAddressListsEnabled": False,
        "ExternalEmailAddress": None,
        "ExchangeVersion": VERSION,
        **changes,
    }


def domain(name: str = OUTSIDE, kind: str = "InternalRelay", default: bool = False) -> dict[str, Any]:
    """An accepted domain as a host prints it."""
    return {"Name": name, "DomainName": name, "DomainType": kind, "Default": default}


LOCAL = domain(INSIDE, "Authoritative", default=True)
DEFAULT_POLICY: dict[str, Any] = {
    "Name": "Default Policy",
    "Priority": "Lowest",
    "EnabledEmailAddressTemplates": [f"SMTP:@{INSIDE}"],
    "EnabledPrimarySMTPAddressTemplate": f"@{INSIDE}",
    "IncludedRecipients": "AllRecipients",
    "RecipientFilter": "Alias -ne $null",
    "RecipientContainer": None,
}


def policy(name: str, priority: int = 1, *templates: str, **changes: Any) -> dict[str, Any]:
    """An e-mail address policy as a host prints it."""
    listed = list(templates) or [f"SMTP:%m@{OUTSIDE}"]
    return {
        **DEFAULT_POLICY,
        "Name": name,
        "Priority": priority,
        "EnabledEmailAddressTemplates": listed,
        "EnabledPrimarySMTPAddressTemplate": listed[0][5:],
        **changes,
    }


def subject(*rules: dict[str, Any], **options: Any) -> RewriteSubject:
    """The subject of a declaration, with the one rule where none is given."""
    return RewriteSubject(parse_desired({"rules": list(rules) or [RULE], **options}))


class AddressHost(FakeHost):
    """An organisation in memory behind the wire. ``failing`` names recipients that no cmdlet changes."""

    def __init__(self, *recipients: dict[str, Any], edge: bool = False) -> None:
        super().__init__()
        self.recipients = [dict(each) for each in recipients]
        self.domains = [dict(LOCAL), domain()]
        self.policies = [dict(DEFAULT_POLICY)]
        self.senders: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []
        self.agents = [
            {"Identity": "Address Rewriting Inbound Agent", "Enabled": False},
            {"Identity": "Address Rewriting Outbound Agent", "Enabled": True},
        ]
        self.edge = edge
        self.failing: set[str] = set()

    def recipient(self, name: str) -> dict[str, Any]:
        """The recipient of that name."""
        return next(each for each in self.recipients if each["Name"] == name)

    def addresses(self, name: str = "Anna") -> list[str]:
        """All addresses of the recipient of that name."""
        entries: list[str] = self.recipient(name)["EmailAddresses"]
        return entries

    @property
    def written(self) -> list[str]:
        """The commands that were asked to change something, over all calls."""
        commands = [step["command"] for request in self.requests for step in request["steps"]]
        return [each for each in commands if not each.startswith("Get-")]

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call of the agent."""
        self._by_guid = {each["Guid"]: each for each in self.recipients}
        return super().execute(command_line, stdin)

    def _result(self, step: dict[str, Any], secrets: dict[str, str], skip: bool) -> dict[str, Any]:
        if not skip and self._fails(step["command"], step["parameters"]):
            return failed(step["id"], f"{step['command']} geht hier nicht.")
        laid = (len(self.requests), step["command"]) in self.failures or (0, step["command"]) in self.failures
        if not skip and not laid and (step["command"] in OWN or step["command"].startswith(("Set-Mail", "Set-D"))):
            parameters = dict(step["parameters"])
            assert parameters.pop("Confirm", False) is False
            return done(step["id"], *self._own(step["command"], parameters))
        return super()._result(step, secrets, skip)

    def _fails(self, command: str, given: dict[str, Any]) -> bool:
        elsewhere = EDGE_ONLY if not self.edge else ORGANISATION_ONLY
        gone = command.startswith("Set-Mail") and given["Identity"] not in self._by_guid
        return command in elsewhere or given.get("Identity") in self.failing or gone

    def _run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        if command == "Get-ExchangeServer":
            role = "Edge" if self.edge else "Mailbox, ClientAccess, HubTransport"
            return [{"Name": "SBS", "AdminDisplayVersion": self.version, "ServerRole": role}]
        return super()._run(command, given, secrets)

    def _own(self, command: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        reading = {
            "Get-Recipient": self.recipients,
            "Get-AcceptedDomain": self.domains,
            "Get-EmailAddressPolicy": self.policies,
            "Get-SentSenders": self.senders,
            "Get-AddressRewriteEntry": self.entries,
            "Get-TransportAgent": self.agents,
        }
        if command in reading:
            return reading[command]
        {"New": self._new, "Set": self._set_any, "Rem": self._remove, "Upd": self._update, "Ena": self._enable}[
            command[:3]
        ](command, given)
        return []

    def _kind(self, command: str) -> list[dict[str, Any]]:
        noun = command.partition("-")[2]
        return {"AcceptedDomain": self.domains, "EmailAddressPolicy": self.policies}.get(noun, self.entries)

    def _new(self, command: str, given: dict[str, Any]) -> None:
        self._kind(command).append({"Default": False, **given})

    def _set_any(self, command: str, given: dict[str, Any]) -> None:
        identity = given.pop("Identity")
        if command in ("Set-AcceptedDomain", "Set-EmailAddressPolicy", "Set-AddressRewriteEntry"):
            next(each for each in self._kind(command) if each["Name"] == identity).update(given)
            return
        target = self._by_guid[identity]
        for switch in ("BypassSecurityGroupManagerCheck", "ForceUpgrade"):
            given.pop(switch, None)
        target.update({name: value for name, value in given.items() if name not in self.deaf})
        primary = [each[5:] for each in target["EmailAddresses"] if each.startswith("SMTP:")]
        target["PrimarySmtpAddress"] = primary[0] if primary else None

    def _remove(self, command: str, given: dict[str, Any]) -> None:
        kind = self._kind(command)
        kind[:] = [each for each in kind if each["Name"] != given["Identity"]]

    def _update(self, command: str, given: dict[str, Any]) -> None:
        """Every follower gets the aliases of the policy's templates; who is nobody else's is not looked at."""
        policy_found = next(each for each in self.policies if each["Name"] == given["Identity"])
        for each in self.recipients:
            if each["EmailAddressPolicyEnabled"]:
                _follow(each, policy_found["EnabledEmailAddressTemplates"])

    def _enable(self, command: str, given: dict[str, Any]) -> None:
        next(each for each in self.agents if each["Identity"] == given["Identity"])["Enabled"] = True


def _follow(recipient: dict[str, Any], templates: Iterable[str]) -> None:
    for template in templates:
        kind, address = template[:5], template[5:].replace("%m", recipient["Alias"])
        entries = [each for each in recipient["EmailAddresses"] if each[5:].lower() != address.lower()]
        if kind == "SMTP:":
            entries = [each.replace("SMTP:", "smtp:") for each in entries]
            recipient["PrimarySmtpAddress"] = address
        recipient["EmailAddresses"] = [kind + address, *entries] if kind == "SMTP:" else [*entries, kind + address]


ORGANISATION_ONLY = {"Get-Recipient", "Get-EmailAddressPolicy"}
EDGE_ONLY = {"Get-AddressRewriteEntry", "Get-TransportAgent"}
OWN = {
    *ORGANISATION_ONLY,
    *EDGE_ONLY,
    "Get-AcceptedDomain",
    "Get-SentSenders",
    "New-AcceptedDomain",
    "Set-AcceptedDomain",
    "Remove-AcceptedDomain",
    "New-EmailAddressPolicy",
    "Set-EmailAddressPolicy",
    "Remove-EmailAddressPolicy",
    "Update-EmailAddressPolicy",
    "New-AddressRewriteEntry",
    "Set-AddressRewriteEntry",
    "Remove-AddressRewriteEntry",
    "Enable-TransportAgent",
}


class Kept:
    """Keeps what a run saves."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def __call__(self, data: dict[str, Any]) -> str:
        self.data = data
        return "state.json"


def run(
    host: AddressHost, desired: Subject[Any], check: bool = False, save: Kept | None = None, **more: Any
) -> Outcome:
    """One run."""
    return run_one(desired, host.session(), ExchangeShell(), save or Kept(), check_mode=check, **more)


def decide(*recipients: dict[str, Any], desired: RewriteSubject | None = None, **parts: Any) -> Decision:
    """What a declaration makes of these recipients; ``parts`` are domains, policies or senders of the host."""
    host = AddressHost(*recipients)
    for name, value in parts.items():
        assert hasattr(host, name)
        setattr(host, name, value)
    return run(host, desired or subject(), check=True).decision


def refused(*recipients: dict[str, Any], desired: RewriteSubject | None = None, **parts: Any) -> list[str]:
    """The keys of the reasons for which it is refused, in alphabetical order."""
    try:
        decide(*recipients, desired=desired, **parts)
    except InputRefused as error:
        return sorted(keys(error.reasons))
    raise AssertionError("not refused")


def primaries(plan: Plan | None) -> dict[str, str]:
    """Name of a recipient -> the primary address that a plan gives it."""
    steps = plan.steps if plan else ()
    return {
        step.target.partition(" <")[0]: str(step.changes[0].after)
        for step in steps
        if step.changes[0].option == "primary"
    }


def statuses(outcome: Outcome) -> list[str]:
    """What became of each step."""
    return [report.status for report in outcome.reports]
