"""What the tests of foreign WinRM clients share: a host without shells, plain sessions, an envelope written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from lab.endpoint.host import Host
from lab.up.lab import Lab
from lab.wsman import names

SOAP = "application/soap+xml;charset=UTF-8"


@contextmanager
def emptied(lab: Lab) -> Iterator[Host]:
    """The lab's host, which begins and ends without shells, and with an empty log."""
    host = lab.hosts["sbs"]
    host.service.close()
    host.log.clear()
    yield host
    host.service.close()


def plain_session(lab: Lab) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.verify = str(lab.directory.ca_file)
    return made


def url(host: Host, scheme: str = "https", path: str = "/wsman") -> str:
    return f"{scheme}://127.0.0.1:{host.ports.https if scheme == 'https' else host.ports.http}{path}"


def create(headers: str = "", timeout: str = "PT5S") -> str:
    """A Create with the prefixes and marks that Windows' own client sends."""
    return (
        f'<s:Envelope xmlns:s="{names.SOAP}" xmlns:a="{names.ADDRESSING}" xmlns:w="{names.WSMAN}" '
        f'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd" xmlns:rsp="{names.SHELL}"><s:Header>'
        "<a:To>http://sbs:5985/wsman</a:To>"
        f'<w:ResourceURI s:mustUnderstand="true">{names.CMD_SHELL}</w:ResourceURI>'
        f'<a:ReplyTo><a:Address s:mustUnderstand="true">{names.ANONYMOUS}</a:Address></a:ReplyTo>'
        f'<a:Action s:mustUnderstand="true">{names.ACTIONS["Create"]}</a:Action>'
        '<w:MaxEnvelopeSize s:mustUnderstand="true">153600</w:MaxEnvelopeSize>'
        '<a:MessageID>uuid:Raw-1</a:MessageID><w:Locale xml:lang="en-US" s:mustUnderstand="false"/>'
        '<p:DataLocale xml:lang="en-US" s:mustUnderstand="false"/>'
        f"<w:OperationTimeout>{timeout}</w:OperationTimeout>{headers}</s:Header>"
        "<s:Body><rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell></s:Body></s:Envelope>"
    )
