"""Take the lab's part of Microsoft's Exchange cmdlet contract out of the full extract.

    python -m lab.exchange.extract_contract FULL.json 2010

writes contract.json beside this file, a line a parameter. FULL.json is an extract of Microsoft's cmdlet reference for
all cmdlets; the lab keeps what that version of Exchange has of the few that it simulates, with source and licence, and
of that what the lab asks for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CMDLETS = (
    "Add-ADPermission",
    "Disable-TransportAgent",
    "Enable-TransportAgent",
    "Get-ADPermission",
    "Get-AcceptedDomain",
    "Get-AddressRewriteEntry",
    "Get-DistributionGroup",
    "Get-DynamicDistributionGroup",
    "Get-EmailAddressPolicy",
    "Get-ExchangeCertificate",
    "Get-ExchangeServer",
    "Get-MailContact",
    "Get-MailPublicFolder",
    "Get-MailUser",
    "Get-Mailbox",
    "Get-Message",
    "Get-MessageTrackingLog",
    "Get-Queue",
    "Get-ReceiveConnector",
    "Get-Recipient",
    "Get-RecipientFilterConfig",
    "Get-SendConnector",
    "Get-TransportAgent",
    "Get-TransportConfig",
    "Get-TransportServer",
    "New-AcceptedDomain",
    "New-AddressRewriteEntry",
    "New-EmailAddressPolicy",
    "New-ReceiveConnector",
    "New-SendConnector",
    "Remove-ADPermission",
    "Remove-AcceptedDomain",
    "Remove-AddressRewriteEntry",
    "Remove-EmailAddressPolicy",
    "Remove-Message",
    "Remove-ReceiveConnector",
    "Remove-SendConnector",
    "Resume-Message",
    "Resume-Queue",
    "Retry-Queue",
    "Set-AcceptedDomain",
    "Set-AddressRewriteEntry",
    "Set-DistributionGroup",
    "Set-DynamicDistributionGroup",
    "Set-EmailAddressPolicy",
    "Set-MailContact",
    "Set-MailPublicFolder",
    "Set-MailUser",
    "Set-Mailbox",
    "Set-ReceiveConnector",
    "Set-RecipientFilterConfig",
    "Set-SendConnector",
    "Set-TransportConfig",
    "Set-TransportServer",
    "Suspend-Message",
    "Suspend-Queue",
    "Update-EmailAddressPolicy",
)

# The page ends a file of the message tracking log at 4 GB, and begins the folder of the send protocol log at 1 MB.
LOG_SIZES = {
    f"{log}Max{of}Size": (1, 2**63 - 1)
    for log in ("ConnectivityLog", "MessageTrackingLog", "ReceiveProtocolLog", "SendProtocolLog")
    for of in ("Directory", "File")
} | {"MessageTrackingLogMaxFileSize": (1, 2**32), "SendProtocolLogMaxDirectorySize": (2**20, 2**63 - 1)}

# Where the reference contradicts itself or its extract is short, its own prose wins; each correction says why.
CORRECTIONS: list[dict[str, Any]] = [
    *(
        {
            "cmdlet": f"Get-{noun}",
            "default_parameter_set": "Set1",
            "why": "the page's examples call it without parameters; Set1 is the set that names one object",
        }
        for noun in (
            "DistributionGroup",
            "DynamicDistributionGroup",
            "MailContact",
            "MailPublicFolder",
            "MailUser",
            "Mailbox",
            "Recipient",
        )
    ),
    *(
        {
            "cmdlet": f"{verb}-AcceptedDomain",
            "parameter": name,
            "type": name,
            "why": "the page says enumeration only; the name is ours",
        }
        for verb in ("New", "Set")
        for name in ("AuthenticationType", "LiveIdInstanceType")
    ),
    {
        "cmdlet": "Get-MailUser",
        "without_set": "(default)",
        "why": "the set is empty: the page has a line of syntax too many",
    },
    {
        "cmdlet": "Set-MailPublicFolder",
        "parameter": "MaxSendSize",
        "documented_range": "1024..2147482624 bytes",
        "why": "the page gives 1 through 2,097,151 kilobytes; all other sizes are in bytes",
    },
    {
        "cmdlet": "New-SendConnector",
        "set": "Set2",
        "mandatory": "LinkedReceiveConnector",
        "why": "the page says that AddressSpaces is required unless LinkedReceiveConnector is given",
    },
    {
        "cmdlet": "New-SendConnector",
        "default_parameter_set": "Set1",
        "why": "follows from the same sentence: without LinkedReceiveConnector the set with AddressSpaces is meant",
    },
    {
        "cmdlet": "Get-ExchangeServer",
        "default_parameter_set": "Set1",
        "why": "the page says that without parameters all servers are returned, and Set2 needs a Domain",
    },
    {
        "cmdlet": "Get-ReceiveConnector",
        "default_parameter_set": "Set1",
        "why": "without parameters all connectors are returned; Set1 is the set that names one object",
    },
    *(
        {
            "cmdlet": f"{verb}-ReceiveConnector",
            "parameter": "AuthMechanism",
            "type": "ReceiveAuthMechanisms",
            "why": "Send connectors have another type AuthMechanisms, with other values; the name is ours",
        }
        for verb in ("New", "Set")
    ),
    {
        "cmdlet": "New-ReceiveConnector",
        "default_parameter_set": "Set1",
        "why": "name, bindings and ranges fit five sets alike; Set1 is the one of Custom, which the page names first",
    },
    *(
        {
            "cmdlet": "Get-ADPermission",
            "set": name,
            "optional": "Identity",
            "why": "the page says that all objects are returned if the identity is null or that of no object",
        }
        for name in ("Set1", "Set2")
    ),
    {
        "cmdlet": "Get-ADPermission",
        "default_parameter_set": "Set1",
        "why": "an identity alone fits both sets; Set1 is the one that shows permissions",
    },
    {
        "cmdlet": "Get-ExchangeCertificate",
        "default_parameter_set": "Set1",
        "why": "without parameters all certificates are returned; Set1 is the set that names one by its thumbprint",
    },
    {
        "cmdlet": "Get-Message",
        "default_parameter_set": "Set1",
        "why": "without parameters all messages of the local server are returned; Set1 is the set that names a server",
    },
    {
        "cmdlet": "Get-Queue",
        "default_parameter_set": "Set1",
        "why": "without parameters all queues of the local server are returned; Set1 is the set that names a server",
    },
    {
        "cmdlet": "Set-TransportConfig",
        "parameter": "HygieneSuite",
        "type": "HygieneSuite",
        "why": "the page says enumeration only; the name is ours",
    },
    {
        "cmdlet": "Set-TransportServer",
        "parameter": "HttpProtocolLogLoggingLevel",
        "type": "ProtocolLoggingLevel",
        "why": "the page says enumeration only; the values are those of ProtocolLoggingLevel",
    },
    {
        "cmdlet": "Set-TransportServer",
        "parameter": "TransportSyncLogLoggingLevel",
        "type": "SyncLoggingLevel",
        "why": "the page says enumeration only; the name is ours",
    },
    *(
        {
            "cmdlet": "Set-TransportServer",
            "parameter": name,
            "documented_range": f"{least}..{most} bytes",
            "why": "the page gives the range in a sentence on both sizes of a log, which the extract does not hold",
        }
        for name, (least, most) in LOG_SIZES.items()
    ),
]


def main(arguments: list[str]) -> int:
    """Write contract.json from the full extract and the version of Exchange named on the command line."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    full = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    target = Path(__file__).with_name("contract.json")
    target.write_text(as_text(extract(full, arguments[1])), encoding="utf-8")
    return 0


def extract(full: dict[str, Any], version: str) -> dict[str, Any]:
    """The lab's contract of one version: source and cmdlets, corrected."""
    cmdlets = {name: _edition(full["cmdlets"][name], version) for name in CMDLETS}
    for correction in CORRECTIONS:
        _correct(cmdlets[correction["cmdlet"]], correction)
    edition = (f"commit_{version}", f"commit_{version}_date", f"path_{version}")
    kept = ("repository", "commit", "commit_date", "path", *edition, "licence", "copyright", "changes")
    source = {key: full["source"][key] for key in kept}
    return {"source": source, "cmdlets": {name: shortened(cmdlet) for name, cmdlet in cmdlets.items()}}


def _edition(cmdlet: dict[str, Any], version: str) -> dict[str, Any]:
    """One cmdlet as that version has it; its aliases are told by today's reference alone."""
    edition = cmdlet[f"exchange_{version}"]
    today = cmdlet["parameters"]
    return {
        "default_parameter_set": cmdlet["default_parameter_set"],
        "parameter_sets": edition["parameter_sets"],
        "parameters": {
            name: {**parameter, "aliases": today.get(name, {}).get("aliases", [])}
            for name, parameter in edition["parameters"].items()
        },
    }


def _correct(cmdlet: dict[str, Any], correction: dict[str, Any]) -> None:
    for key in correction.keys() & {"type", "documented_range"}:
        cmdlet["parameters"][correction["parameter"]][key] = correction[key]
    if "default_parameter_set" in correction:
        cmdlet["default_parameter_set"] = correction["default_parameter_set"]
    cmdlet["parameter_sets"].pop(correction.get("without_set"), None)
    for entry in cmdlet["parameter_sets"].get(correction.get("set"), []):
        if entry["name"] in (correction.get("mandatory"), correction.get("optional")):
            entry["mandatory"] = "mandatory" in correction


def shortened(cmdlet: dict[str, Any]) -> dict[str, Any]:
    """What the lab asks of one cmdlet: each set with what it must have, and the parameters.

    Of Set-MailUser the page names a default set that none of its sets is called; such a name is left out.
    """
    sets = dict(sorted(cmdlet["parameter_sets"].items()))
    default = cmdlet["default_parameter_set"]
    return {
        **({"default_set": default} if default in sets else {}),
        "sets": {name: [each["name"] for each in members if each["mandatory"]] for name, members in sets.items()},
        "parameters": {name: _parameter(name, cmdlet) for name in sorted(cmdlet["parameters"])},
    }


def _parameter(name: str, cmdlet: dict[str, Any]) -> dict[str, Any]:
    """Its type, and what there is beyond; ``sets`` only where it is not in all of them."""
    documented = cmdlet["parameters"][name]
    sets = [
        key for key, members in sorted(cmdlet["parameter_sets"].items()) if name in (each["name"] for each in members)
    ]
    position = documented.get("position")
    exclusive = {} if len(sets) == len(cmdlet["parameter_sets"]) else {"sets": sets}
    told = {
        "position": position if isinstance(position, int) else None,
        "values": documented.get("accepted_values"),
        "range": documented.get("documented_range"),
        "default": documented.get("documented_default"),
        "aliases": documented["aliases"],
    }
    return {"type": documented["type"], **exclusive, **{key: value for key, value in told.items() if value}}


def as_text(contract: dict[str, Any]) -> str:
    """The contract as JSON with a line for each parameter."""
    cmdlets = ",\n".join(_cmdlet_text(name, cmdlet) for name, cmdlet in sorted(contract["cmdlets"].items()))
    source = _lines(contract["source"], "  ")
    return f'{{\n "source": {{\n{source}\n }},\n "cmdlets": {{\n{cmdlets}\n }}\n}}\n'


def _cmdlet_text(name: str, cmdlet: dict[str, Any]) -> str:
    head = _lines({key: value for key, value in cmdlet.items() if key != "parameters"}, "   ")
    parameters = _lines(cmdlet["parameters"], "    ")
    return f'  "{name}": {{\n{head},\n   "parameters": {{\n{parameters}\n   }}\n  }}'


def _lines(entries: dict[str, Any], indent: str) -> str:
    """The entries of an object, each in one line."""
    return ",\n".join(f"{indent}{json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
