"""SOAP faults with the numbers and words of WinRM.

Numbers: MS-WSMV, wsmerror.h and recordings of real hosts in public test suites. 109 for an ended pipe, 995's subcode,
2150858752 for an unknown resource and which of wsmerror.h's numbers WinRM 2.0 takes for an unreadable duration are
assumptions; so are all texts, which clients must not compare.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from lab.wsman.profile import QuotaFault

_DETAIL: Final = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"


@dataclass
class SoapFault(Exception):
    """One fault: ``code`` is the Windows error number, ``carrier`` the detail element that holds it.

    ``subcode`` is empty for what SOAP itself has a code of its own for (``value``).
    """

    subcode: str
    code: int
    message: str
    sender: bool = True
    carrier: QuotaFault = "wsman"
    detail: str = ""
    provider: bool = False

    @property
    def value(self) -> Literal["s:Sender", "s:Receiver", "s:MustUnderstand"]:
        """The SOAP fault code."""
        if not self.subcode:
            return "s:MustUnderstand"
        return "s:Sender" if self.sender else "s:Receiver"

    def __str__(self) -> str:
        return f"{self.subcode or self.value} {self.code}"


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
        detail=_DETAIL + "UnexpectedSelectors",
    )


def incorrect_parameter() -> SoapFault:
    """A Send, Receive or Signal that names no command; input that is no base64; a Signal with a code that none has."""
    return SoapFault(
        "w:InvalidParameter", 87, "The parameter is incorrect. ", detail=_DETAIL + "InvalidValue", provider=True
    )


def not_understood(header: str) -> SoapFault:
    """A header block that the client marked as mustUnderstand, and that the service does not know."""
    return SoapFault(
        "",
        2150858768,
        "The WS-Management service cannot process a SOAP header in the request that is marked as mustUnderstand by "
        f"the client: {header}. ",
    )


def locale_not_guaranteed() -> SoapFault:
    """A locale that is more than a hint."""
    return SoapFault(
        "w:UnsupportedFeature",
        2150858887,
        "The WS-Management service cannot guarantee that all data is returned in the requested locale. ",
        detail=_DETAIL + "Locale",
    )


def invalid_timeout(text: str) -> SoapFault:
    """An OperationTimeout that is no duration."""
    return SoapFault(
        "w:InvalidParameter",
        2150858881,
        f"The WS-Management service cannot process the request because the timeout header is invalid: {text}. ",
    )


def invalid_value(element: str, text: str) -> SoapFault:
    """An element of the body whose value its type does not allow."""
    return SoapFault(
        "w:SchemaValidationError",
        2150858838,
        f"The WS-Management service cannot process the request because {element} has an invalid value: {text}. ",
    )


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
