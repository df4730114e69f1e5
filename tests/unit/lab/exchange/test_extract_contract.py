"""How the lab's part of Microsoft's contract is taken out of the whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.exchange import contract
from lab.exchange.extract_contract import LOG_SIZES, as_text, extract, main, shortened

CMDLETS = [
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
]
EXCHANGE_FOLDER = Path(contract.__file__).parent


def test_the_file_is_what_its_script_writes() -> None:
    text = (EXCHANGE_FOLDER / "contract.json").read_text(encoding="utf-8")
    assert as_text(json.loads(text)) == text
    assert len(text.splitlines()) < 1600


def _full() -> dict[str, Any]:
    """A full extract with the least that the lab's part is made of."""
    parameter = {"type": "String", "required": True, "position": 1, "pipeline": False}
    member = {"name": "Name", "mandatory": False, "positional": True}
    linked = {"name": "LinkedReceiveConnector", "mandatory": False, "positional": False}
    cmdlet = {
        "applicable": ["2010"],
        "default_parameter_set": None,
        "parameters": {"Name": {"applicable": ["2010"], "aliases": ["n"]}},
        "exchange_2010": {
            "parameter_sets": {"Set1": [member], "Set2": [member, linked]},
            "parameters": {"Name": parameter},
        },
    }
    source = dict.fromkeys(
        [
            "repository",
            "commit",
            "commit_date",
            "path",
            "commit_2010",
            "commit_2010_date",
            "path_2010",
            "licence",
            "copyright",
            "changes",
        ],
        "x",
    )
    cmdlets = {name: json.loads(json.dumps(cmdlet)) for name in [*CMDLETS, "Get-Mailbox"]}
    for name in ("HttpProtocolLogLoggingLevel", "TransportSyncLogLoggingLevel"):
        cmdlets["Set-TransportServer"]["exchange_2010"]["parameters"][name] = {"type": "enumeration"}
    for name in LOG_SIZES:
        cmdlets["Set-TransportServer"]["exchange_2010"]["parameters"][name] = {"type": "Unlimited"}
    cmdlets["Set-TransportConfig"]["exchange_2010"]["parameters"]["HygieneSuite"] = {"type": "enumeration"}
    for name in ("New-AcceptedDomain", "Set-AcceptedDomain"):
        for enumeration in ("AuthenticationType", "LiveIdInstanceType"):
            cmdlets[name]["exchange_2010"]["parameters"][enumeration] = {"type": "enumeration"}
    cmdlets["Set-MailPublicFolder"]["exchange_2010"]["parameters"]["MaxSendSize"] = {"type": "Unlimited"}
    for name in ("New-ReceiveConnector", "Set-ReceiveConnector"):
        cmdlets[name]["exchange_2010"]["parameters"]["AuthMechanism"] = {"type": "AuthMechanisms"}
    identity = {"name": "Identity", "mandatory": True, "positional": True}
    cmdlets["Get-ADPermission"]["exchange_2010"]["parameter_sets"] = {"Set2": [identity], "Set1": [identity]}
    cmdlets["Get-MailUser"]["exchange_2010"]["parameter_sets"]["(default)"] = []
    return {"source": source, "cmdlets": cmdlets}


def test_extracting_takes_the_simulated_cmdlets_and_applies_the_corrections() -> None:
    part = extract(_full(), "2010")
    assert sorted(part["cmdlets"]) == CMDLETS
    new = part["cmdlets"]["New-SendConnector"]
    assert new["default_set"] == "Set1"
    assert new["sets"] == {"Set1": [], "Set2": ["LinkedReceiveConnector"]}
    assert new["parameters"]["Name"] == {"type": "String", "position": 1, "aliases": ["n"]}
    levels = part["cmdlets"]["Set-TransportServer"]["parameters"]
    assert levels["HttpProtocolLogLoggingLevel"]["type"] == "ProtocolLoggingLevel"
    assert levels["TransportSyncLogLoggingLevel"]["type"] == "SyncLoggingLevel"
    assert levels["MessageTrackingLogMaxFileSize"]["range"] == "1..4294967296 bytes"
    assert levels["SendProtocolLogMaxDirectorySize"]["range"] == "1048576..9223372036854775807 bytes"
    assert levels["SendProtocolLogMaxFileSize"]["range"] == "1..9223372036854775807 bytes"
    assert part["cmdlets"]["New-AcceptedDomain"]["parameters"]["AuthenticationType"]["type"] == "AuthenticationType"
    size = part["cmdlets"]["Set-MailPublicFolder"]["parameters"]["MaxSendSize"]
    assert size == {"type": "Unlimited", "sets": [], "range": "1024..2147482624 bytes"}
    assert sorted(part["cmdlets"]["Get-MailUser"]["sets"]) == ["Set1", "Set2"]
    assert part["cmdlets"]["Set-ReceiveConnector"]["parameters"]["AuthMechanism"]["type"] == "ReceiveAuthMechanisms"
    assert list(part["cmdlets"]["Get-ADPermission"]["sets"].items()) == [("Set1", []), ("Set2", [])]


def test_of_a_cmdlet_what_the_lab_asks_for_is_kept() -> None:
    named = {"name": "Name", "mandatory": True, "positional": True}
    sized = {"name": "Size", "mandatory": False, "positional": False}
    documented = {"type": "Int32", "required": False, "position": "Named", "pipeline": False, "aliases": []}
    told = {"accepted_values": ["1"], "documented_range": "1..2", "documented_default": "1", "reserved": True}
    cmdlet = {
        "default_parameter_set": "Identity",
        "parameter_sets": {"Set1": [named, sized], "Set2": [named]},
        "parameters": {"Size": {**documented, **told}, "Name": {**documented, "position": 1, "aliases": ["n"]}},
    }
    assert shortened(cmdlet) == {
        "sets": {"Set1": ["Name"], "Set2": ["Name"]},
        "parameters": {
            "Name": {"type": "Int32", "position": 1, "aliases": ["n"]},
            "Size": {"type": "Int32", "sets": ["Set1"], "values": ["1"], "range": "1..2", "default": "1"},
        },
    }


def test_the_text_has_a_line_a_parameter() -> None:
    parameters = {"Name": {"type": "String", "position": 1}, "Size": {"type": "Int32"}}
    contract = {
        "source": {"path": "x"},
        "cmdlets": {"Get-X": {"default_set": "A", "sets": {"A": ["Name"]}, "parameters": parameters}},
    }
    text = as_text(contract)
    assert json.loads(text) == contract
    assert (
        text
        == """{
 "source": {
  "path": "x"
 },
 "cmdlets": {
  "Get-X": {
   "default_set": "A",
   "sets": {"A": ["Name"]},
   "parameters": {
    "Name": {"type": "String", "position": 1},
    "Size": {"type": "Int32"}
   }
  }
 }
}
"""
    )


@pytest.mark.parametrize("arguments", [[], ["FULL.json"]])
def test_extracting_without_a_file_and_a_version_says_how(arguments: list[str]) -> None:
    assert main(arguments) == 2
