"""Namespaces, actions and resources of WS-Management (DSP0226) and its Windows shells (MS-WSMV 2.2.1)."""

from __future__ import annotations

from typing import Final

SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
TRANSFER: Final = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
SHELL: Final = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
CONFIG: Final = "http://schemas.microsoft.com/wbem/wsman/1/config"
IDENTITY: Final = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
WSMAN_FAULT: Final = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
WMI_ERROR: Final = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"

ANONYMOUS: Final = ADDRESSING + "/role/anonymous"
FAULT_ACTION: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
PROTOCOL_VERSION: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"

CMD_SHELL: Final = SHELL + "/cmd"
STATE_RUNNING: Final = SHELL + "/CommandState/Running"
STATE_DONE: Final = SHELL + "/CommandState/Done"

# Header blocks that may be marked as mustUnderstand; most of them the lab only passes over.
HEADERS: Final = {
    ADDRESSING: "Action FaultTo From MessageID RelatesTo ReplyTo To",
    WSMAN: "MaxEnvelopeSize OperationTimeout OptionSet ResourceURI SelectorSet",
    "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd": "DataLocale OperationID SequenceId SessionId",
}

# Codes of a Signal (MS-WSMV 2.2.4.38); those of Windows' shells, in small letters.
CTRL_C: Final = (SHELL + "/signal/ctrl_c", SHELL + "/signal/ctrl_break", "powershell/signal/ctrl_c")
TERMINATE: Final = SHELL + "/signal/terminate"

# Short names as the log and ordered faults use them, and the action URI that stands for each.
ACTIONS: Final = {
    "Create": TRANSFER + "/Create",
    "Delete": TRANSFER + "/Delete",
    "Get": TRANSFER + "/Get",
    "Command": SHELL + "/Command",
    "Send": SHELL + "/Send",
    "Receive": SHELL + "/Receive",
    "Signal": SHELL + "/Signal",
}
SHORT_NAMES: Final = {uri: name for name, uri in ACTIONS.items()}
IDENTIFY: Final = "Identify"
