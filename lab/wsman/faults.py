"""SOAP faults with the numbers and words of WinRM.

Numbers: MS-WSMV and recordings of real hosts in public test suites. 109 for an ended pipe, 995's subcode and
2150858752 for an unknown resource are assumptions; so are all texts, which clients must not compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.wsman.profile import QuotaFault


@dataclass
class SoapFault(Exception):
    """One fault: ``code`` is the Windows error number, ``carrier`` the detail element that holds it."""

    subcode: str
    code: int
    message: str
    sender: bool = True
    carrier: QuotaFault = "wsman"
    detail: str = ""
    provider: bool = False

    @property
    def blame(self) -> Literal["s:Sender", "s:Receiver"]:
        """The SOAP fault code."""
        return "s:Sender" if self.sender else "s:Receiver"

    def __str__(self) -> str:
        return f"{self.subcode} {self.code}"


def timed_out() -> SoapFault:
    """Nothing to receive within the operation timeout; clients ask again without a word."""
    return SoapFault(
        "w:TimedOut",
        2150858793,
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ",
        sender=False,
    )


def unknown_selectors() -> SoapFault:
    """A shell or command id that is not, or no longer, there."""
    return SoapFault(
        "w:InvalidSelectors",
        2150858843,
        "The request for the Windows Remote Shell failed because the specified selectors are not valid: "
        "no such shell or command was found on the server. ",
        detail="http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/UnexpectedSelectors",
    )


def missing_command_id() -> SoapFault:
    """A Send, Receive or Signal that names no command."""
    return SoapFault("w:InvalidParameter", 87, "The parameter is incorrect. ", provider=True)


def too_many_shells(user: str, limit: int, carrier: QuotaFault) -> SoapFault:
    """The user has as many shells open as the service allows."""
    return SoapFault(
        "w:QuotaLimit",
        2150859173,
        "The WS-Management service cannot process the request. The maximum number of concurrent shells for this "
        f"user has been exceeded: {user}, {limit} shells. Close existing shells or raise the quota for this user. ",
        carrier=carrier,
    )


def too_many_commands(limit: int, carrier: QuotaFault) -> SoapFault:
    """The shell has started as many commands as it may (ended ones count too)."""
    return SoapFault(
        "w:QuotaLimit",
        2150859174,
        f"The WS-Management service cannot process the request. A shell may run {limit} operations at most, and "
        "that number has been reached. ",
        carrier=carrier,
    )


def aborted() -> SoapFault:
    """The shell or command ended under a waiting Receive."""
    return SoapFault(
        "w:InternalError",
        995,
        "The I/O operation has been aborted because of either a thread exit or an application request. ",
        sender=False,
    )


def pipe_ended() -> SoapFault:
    """Input for a process that has ended."""
    return SoapFault("w:InternalError", 109, "The pipe has been ended. ", sender=False, provider=True)


def access_denied() -> SoapFault:
    """The service's configuration, asked for by a remote user of a 2008 R2 host."""
    return SoapFault("w:AccessDenied", 5, "Access is denied. ")


def unknown_action(action: str) -> SoapFault:
    """An action this service does not know."""
    return SoapFault(
        "a:ActionNotSupported",
        2150858817,
        f"The WS-Management service cannot process the request. The action is not supported: {action}. ",
    )


def unknown_resource(resource: str) -> SoapFault:
    """A resource this service does not have (PowerShell remoting is one)."""
    return SoapFault(
        "a:DestinationUnreachable",
        2150858752,
        f"The WS-Management service cannot find the resource identified by the resource URI: {resource}. ",
    )


def ordered(code: int, message: str) -> SoapFault:
    """A fault that a test ordered by number."""
    return SoapFault("w:InternalError", code, message, sender=False)
