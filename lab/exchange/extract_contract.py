"""Take the lab's part of Microsoft's Exchange cmdlet contract out of the full extract.

    python -m lab.exchange.extract_contract FULL.json

writes contract.json beside this file. FULL.json is an extract of Microsoft's cmdlet reference for all
cmdlets; the lab keeps what Exchange 2010 has of the few that it simulates, with source and licence.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CMDLETS = (
    "Disable-TransportAgent",
    "Enable-TransportAgent",
    "Get-AcceptedDomain",
    "Get-AddressRewriteEntry",
    "Get-DistributionGroup",
    "Get-DynamicDistributionGroup",
    "Get-EmailAddressPolicy",
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
    "Get-SendConnector",
    "Get-TransportAgent",
    "Get-TransportConfig",
    "Get-TransportServer",
    "New-AcceptedDomain",
    "New-AddressRewriteEntry",
    "New-EmailAddressPolicy",
    "New-SendConnector",
    "Remove-AcceptedDomain",
    "Remove-AddressRewriteEntry",
    "Remove-EmailAddressPolicy",
    "Remove-Message",
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
    """Write contract.json from the full extract named on the command line."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    full = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    target = Path(__file__).with_name("contract.json")
    target.write_text(json.dumps(extract(full), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def extract(full: dict[str, Any]) -> dict[str, Any]:
    """The lab's contract: source, corrections and cmdlets."""
    cmdlets = {name: _cmdlet(full["cmdlets"][name]) for name in CMDLETS}
    for correction in CORRECTIONS:
        _correct(cmdlets[correction["cmdlet"]], correction)
    kept = ("repository", "commit", "commit_date", "path", "commit_2010", "commit_2010_date", "path_2010")
    source = {key: full["source"][key] for key in (*kept, "licence", "copyright", "changes")}
    return {"source": source, "corrections": CORRECTIONS, "cmdlets": cmdlets}


def _cmdlet(cmdlet: dict[str, Any]) -> dict[str, Any]:
    """One cmdlet: its sets and parameters in Exchange 2010, and the versions of every parameter it ever had."""
    edition = cmdlet["exchange_2010"]
    versions = {name: parameter["applicable"] for name, parameter in cmdlet["parameters"].items()}
    return {
        "applicable": cmdlet["applicable"],
        "default_parameter_set": cmdlet["default_parameter_set"],
        "parameter_sets": edition["parameter_sets"],
        "parameters": {
            name: _parameter(name, parameter, cmdlet["parameters"]) for name, parameter in edition["parameters"].items()
        },
        "applicable_parameters": versions,
    }


def _parameter(name: str, edition: dict[str, Any], today: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in edition.items() if key not in ("accepted_values_from", "pipeline")}
    kept["aliases"] = today.get(name, {}).get("aliases", [])
    return kept


def _correct(cmdlet: dict[str, Any], correction: dict[str, Any]) -> None:
    for key in correction.keys() & {"type", "documented_range"}:
        cmdlet["parameters"][correction["parameter"]][key] = correction[key]
    if "default_parameter_set" in correction:
        cmdlet["default_parameter_set"] = correction["default_parameter_set"]
    cmdlet["parameter_sets"].pop(correction.get("without_set"), None)
    for entry in cmdlet["parameter_sets"].get(correction.get("set"), []):
        if entry["name"] == correction["mandatory"]:
            entry["mandatory"] = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
