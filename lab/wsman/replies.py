"""Writes reply envelopes, with the prefixes and the order that Windows uses."""

from __future__ import annotations

import base64
import uuid
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from lab.wsman import names
from lab.wsman.faults import SoapFault
from lab.wsman.profile import WinrmProfile
from lab.wsman.streams import Taken

_ENVELOPE: Final = (
    f'<s:Envelope xml:lang="en-US" xmlns:s="{names.SOAP}" xmlns:a="{names.ADDRESSING}" '
    f'xmlns:x="{names.TRANSFER}" xmlns:w="{names.WSMAN}" xmlns:rsp="{names.SHELL}" '
    'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd">'
    "<s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{id}</a:MessageID>"
    f"<a:To>{names.ANONYMOUS}</a:To>"
    "<a:RelatesTo>{relates_to}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
)


def reply(action: str, relates_to: str, body: str) -> bytes:
    """An envelope around ``body``; ``relates_to`` is the request's MessageID, given back verbatim."""
    message_id = str(uuid.uuid4()).upper()
    text = _ENVELOPE.format(action=action, id=message_id, relates_to=escape(relates_to), body=body)
    return text.encode("utf-8")


def created(shell_id: str, profile: WinrmProfile) -> str:
    """Body of CreateResponse; only newer hosts add the rsp:Shell block."""
    body = (
        f"<x:ResourceCreated><a:Address>http://127.0.0.1/wsman</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{names.CMD_SHELL}</w:ResourceURI><w:SelectorSet>"
        f'<w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet>'
        "</a:ReferenceParameters></x:ResourceCreated>"
    )
    return body + shell(shell_id) if profile.create_tells_shell else body


def shell(shell_id: str) -> str:
    """The rsp:Shell block that describes one shell."""
    return (
        f"<rsp:Shell><rsp:ShellId>{shell_id}</rsp:ShellId><rsp:ResourceUri>{names.CMD_SHELL}</rsp:ResourceUri>"
        "<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"
    )


def command_started(command_id: str) -> str:
    """Body of CommandResponse."""
    return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"


def received(command_id: str, taken: Taken) -> str:
    """Body of ReceiveResponse: the pieces, and on the end closed streams and the exit code."""
    attributes = f'CommandId="{command_id}"'
    parts = [
        f'<rsp:Stream Name="{name}" {attributes}>{base64.b64encode(data).decode("ascii")}</rsp:Stream>'
        for name, data in taken.pieces
    ]
    if taken.exit_code is None:
        parts.append(f'<rsp:CommandState {attributes} State="{names.STATE_RUNNING}"/>')
    else:
        parts += [f'<rsp:Stream Name="{name}" {attributes} End="true"/>' for name in ("stdout", "stderr")]
        parts.append(
            f'<rsp:CommandState {attributes} State="{names.STATE_DONE}">'
            f"<rsp:ExitCode>{taken.exit_code}</rsp:ExitCode></rsp:CommandState>"
        )
    return f"<rsp:ReceiveResponse>{''.join(parts)}</rsp:ReceiveResponse>"


def config(profile: WinrmProfile) -> str:
    """Body of a Get of the service's configuration."""
    return (
        f'<cfg:Config xmlns:cfg="{names.CONFIG}"><cfg:MaxEnvelopeSizekb>{profile.envelope_kb}</cfg:MaxEnvelopeSizekb>'
        f"<cfg:MaxTimeoutms>{int(profile.operation_timeout_cap * 1000)}</cfg:MaxTimeoutms></cfg:Config>"
    )


def identified(profile: WinrmProfile, logged_in: bool) -> bytes:
    """A whole IdentifyResponse; without a login a host hides its versions."""
    system, pack = (profile.os_version, profile.service_pack) if logged_in else ("0.0.0", "0.0")
    text = (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{names.SOAP}"><s:Header/><s:Body>'
        f'<wsmid:IdentifyResponse xmlns:wsmid="{names.IDENTITY}">'
        f"<wsmid:ProtocolVersion>{names.PROTOCOL_VERSION}</wsmid:ProtocolVersion>"
        "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
        f"<wsmid:ProductVersion>OS: {system} SP: {pack} Stack: {profile.stack}</wsmid:ProductVersion>"
        "</wsmid:IdentifyResponse></s:Body></s:Envelope>"
    )
    return text.encode("utf-8")


def fault(error: SoapFault, relates_to: str) -> bytes:
    """A whole fault envelope."""
    detail = f"<w:FaultDetail>{error.detail}</w:FaultDetail>" if error.detail else ""
    subcode = f"<s:Subcode><s:Value>{error.subcode}</s:Value></s:Subcode>" if error.subcode else ""
    body = (
        f"<s:Fault><s:Code><s:Value>{error.value}</s:Value>{subcode}</s:Code><s:Reason>"
        f'<s:Text xml:lang="en-US">{escape(error.message)}</s:Text></s:Reason>'
        f"<s:Detail>{detail}{_number(error)}</s:Detail></s:Fault>"
    )
    return reply(names.FAULT_ACTION, relates_to, body)


def _number(error: SoapFault) -> str:
    text = escape(error.message)
    if error.carrier == "wmi":
        return (
            f'<p:MSFT_WmiError b:IsCIM_Error="true" xmlns:b="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd" '
            f'xmlns:p="{names.WMI_ERROR}"><p:error_Code>{error.code}</p:error_Code>'
            f"<p:Message>{text}</p:Message></p:MSFT_WmiError>"
        )
    if error.provider:
        text = f'<f:ProviderFault provider="Shell cmd plugin" path={quoteattr("%systemroot%" + chr(92) + "system32")}>'
        text += f'<f:WSManFault Code="{error.code}"><f:Message>{escape(error.message)}</f:Message></f:WSManFault>'
        text += "</f:ProviderFault>"
    return (
        f'<f:WSManFault xmlns:f="{names.WSMAN_FAULT}" Code="{error.code}" Machine="127.0.0.1">'
        f"<f:Message>{text}</f:Message></f:WSManFault>"
    )
