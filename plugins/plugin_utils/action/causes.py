# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a connection failed, a row for each: told by what Ansible, pywinrm, requests, OpenSSL, Kerberos or Windows says.

Ansible's plugin turns what pywinrm raises into a text, so that there is nothing else to tell causes by. Windows writes
its sentences in its own language: wherever a number comes with them, the number is what counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..agent.endings import TOO_LITTLE
from ..errors import Reason
from ..messages import notice_of, reason_of

CLEAR_LOGIN = ("basic", "plaintext", "ssl")
"""The transports that send the password as it is (ssl: where it has no certificate of its own)."""
IDLE = timedelta(seconds=180)
"""For so long WinRM 2.0 keeps a shell that nobody uses (IdleTimeout)."""


@dataclass(frozen=True)
class Way:
    """The connection that failed, as far as causes differ by it. ``open``: a shell had been opened over it."""

    open: bool = False
    transports: tuple[str, ...] = ()
    declared: bool = True
    proxy: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    """What the sentences name: host, port, path, user."""

    @property
    def basic(self) -> bool:
        """Whether the login is Basic."""
        return any(each in CLEAR_LOGIN for each in self.transports)


@dataclass(frozen=True)
class KnownCause:
    """One row: the key of its sentence, and by what it is recognised. ``when``: for which connections alone."""

    key: str
    pattern: str
    when: Callable[[Way], bool] = lambda way: True


def _fault(*codes: int) -> str:
    """The pattern of a fault with one of these numbers, as pywinrm and Windows write it. A number of Win32 comes as it
    is, as an HRESULT, or in hexadecimal."""
    wide = {code for code in codes if code > 0xFFFF} | {0x80070000 | code for code in codes if code <= 0xFFFF}
    small = [f"(?:wsmanfault_code|wmierror_code)'?: '?{code}\\b" for code in codes if code <= 0xFFFF]
    return "|".join((*small, *(f"\\b{code}\\b|0x{code:08x}" for code in sorted(wide))))


def _left_out(way: Way) -> bool:
    return not way.declared


def _by_proxy(way: Way) -> bool:
    return bool(way.proxy)


def _connecting(way: Way) -> bool:
    return not way.open


FAULTS = (
    KnownCause("unreachable_users", _fault(2150859179, 2150859237) + "|maximum number of users|MaxConcurrentUsers"),
    KnownCause("unreachable_load", _fault(2150859175, 2150859176) + "|load quota of"),
    KnownCause(
        "unreachable_memory",
        _fault(8, 14, 1450, 1453, 1455, 1816)
        + "|MaxMemoryPerShell|memory quota|not enough (?:storage|memory|quota|space)|insufficient (?:system )?resources"
        + f"|out ?of ?memory|{TOO_LITTLE}",
    ),
    KnownCause(
        "unreachable_shells", _fault(2150859173, 2150859236, 2150859238) + "|concurrent shells|MaxShellsPerUser"
    ),
    KnownCause(
        "unreachable_commands",
        _fault(2150859174, 2150859239, 2150859240, 2150859241) + "|concurrent operations|MaxConcurrentOperations",
    ),
    # Where the number stands in MSFT_WmiError, pywinrm tells the kind alone: of a Create it is the shells.
    KnownCause("unreachable_shells", _fault(2150858815) + "|QuotaLimit", _connecting),
    KnownCause("unreachable_commands", _fault(2150858815) + "|QuotaLimit"),
    KnownCause("unreachable_shells_forbidden", _fault(2150859180) + "|AllowRemoteShellAccess"),
    KnownCause(
        "unreachable_password_expired",
        _fault(1330, 1907)
        + "|password (?:has |is )?expired|password must (?:be )?change|change password|KEY_EXPIRED"
        + "|STATUS_PASSWORD_(?:EXPIRED|MUST_CHANGE)|0xC0000071|0xC0000224"
        + "|Kennwort.{0,40}(?:abgelaufen|ge.ndert werden)",
    ),
    KnownCause(
        "unreachable_account",
        _fault(1327, 1328, 1329, 1331, 1793, 1909)
        + "|locked out|credentials have been revoked|account.{0,40}(?:disabled|has expired|locked)|CLIENT_REVOKED"
        + "|STATUS_ACCOUNT_(?:LOCKED_OUT|DISABLED|EXPIRED|RESTRICTION)|0xC0000(?:234|072|193|06E|06F)"
        + "|Konto.{0,60}(?:gesperrt|deaktiviert|abgelaufen)"
        + "|account restriction|Einschr.nkung des Benutzerkontos|Kontoeinschr.nkung",
    ),
    KnownCause(
        "unreachable_login",
        _fault(1326, 2150858806)
        + "|STATUS_LOGON_FAILURE|0xC000006D|user ?name or (?:bad )?password|Benutzername oder .{0,10}Kennwort",
        lambda way: not way.basic,
    ),
    KnownCause(
        "unreachable_denied",
        _fault(5, 1314, 1385, 2147749891)
        + "|AccessDenied|access (?:is|was) denied|Zugriff (?:wurde )?verweigert|nicht gen.gend (?:Berechtigung|Recht)",
    ),
    KnownCause("unreachable_busy", _fault(170, 1056, 1115) + "|resource is in use|Ressource wird .{0,8}verwendet"),
    KnownCause(
        "unreachable_shell_gone",
        _fault(995, 2150858843)
        + "|InvalidSelectors|I/O operation has been aborted|E/A-Vorgang wurde|shell was not found on the server",
    ),
    KnownCause("unreachable_too_large", _fault(2150858790, 2150858823, 2150858824) + r"|Code 413\b|MaxEnvelopeSize"),
)
"""What Windows answers, before a shell is open and after."""

CLIENT = (
    KnownCause(
        "unreachable_transport_left_out", "kerberos[^.]*not installed|Kerberos auth failure|GSSError", _left_out
    ),
    KnownCause(
        "unreachable_kerberos_missing", r"kerberos (?:library|is)[^.]*not installed|pykerberos is not installed"
    ),
    KnownCause("unreachable_credssp_missing", "requests-credssp is not installed|credssp.*not support"),
    KnownCause(
        "unreachable_library_missing",
        "requests_ntlm is not installed|winrm or requests is not installed|xmltodict is not installed|No module named"
        "|cannot import name|hash type md4",
    ),
    KnownCause(
        "unreachable_transport_unknown", r"does not support transport|unsupported auth method|No transport found"
    ),
    KnownCause("unreachable_encryption", "message encryption is set to 'always'|Encryption for protocol"),
    KnownCause("unreachable_timeouts", "read_timeout_sec must exceed"),
    KnownCause(
        "unreachable_option",
        r"invalid (?:message_encryption|server_cert_validation|truth value|literal)|failed to parse \w+_sec"
        "|Failed to parse|Invalid URL|unexpected keyword argument|No connection adapters"
        "|nonnumeric port|port must be 0|%d format",
    ),
    KnownCause("unreachable_no_user", "requires a username"),
    KnownCause("unreachable_no_password", "requires a password"),
    KnownCause(
        "unreachable_client_certificate", "cert_pem|TLS certificate file|TLS key file|cert_key|PEM lib|SSL.*KEY_VALUES"
    ),
    KnownCause(
        "unreachable_certificate_file",
        "suitable TLS CA certificate bundle|NO_CERTIFICATE_OR_CRL|X509: no certificate"
        r"|SSLError\((?:PermissionError|FileNotFoundError|IsADirectoryError)",
    ),
)
"""What the controller's own libraries refuse, before anything is sent."""

KERBEROS = (
    KnownCause("unreachable_kinit", "calling kinit cmd"),
    KnownCause("unreachable_kerberos_clock", "clock skew|ticket not yet valid"),
    KnownCause("unreachable_kerberos_ticket", "No Kerberos credentials available|No credentials cache|Ticket expired"),
    KnownCause(
        "unreachable_kerberos_encryption", "no support for encryption type|encryption type .{0,60}not supported"
    ),
    KnownCause(
        "unreachable_kerberos_realm",
        "KDC (?:for|in) |contact any KDC|Cannot (?:find|resolve|contact).{0,40}(?:KDC|realm)|KDC reply did not match"
        "|Cannot determine realm|unable to reach any KDC|no default realm|not specify default realm",
    ),
    KnownCause("unreachable_kerberos_name", "Server.{0,80}not found in Kerberos|S_PRINCIPAL_UNKNOWN"),
    KnownCause(
        "unreachable_kerberos_login",
        "Preauthentication failed|PREAUTH_FAILED|Password incorrect|Client.{0,80}not found in Kerberos"
        "|C_PRINCIPAL_UNKNOWN|Kerberos auth failure",
    ),
    KnownCause("unreachable_kerberos_name", "authGSSClient|GSSError|Unspecified GSS failure"),
    KnownCause("unreachable_credssp_off", "CredSSP token after step TLS|CredSSP.{0,40}(?:header|not enabled)"),
)

NETWORK = (
    KnownCause("unreachable_connect_timeout", "handshake operation timed out"),
    KnownCause(
        "unreachable_client_certificate", "certificate required|ALERT_(?:BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE)"
    ),
    KnownCause(
        "unreachable_proxy", "ProxyError|Unable to connect to proxy|Cannot connect to proxy|Tunnel connection failed"
    ),
    KnownCause("unreachable_proxy", r"Code 407\b|ProxySchemeUnknown|Proxy URL|InvalidProxyURL|SOCKS"),
    KnownCause(
        "unreachable_proxy",
        r"Code (?:400|403|404|405|50[234])\b|not well-formed|syntax error|has no attribute 'wrap'",
        _by_proxy,
    ),
    # A login by NTLM belongs to a connection, which no proxy of http keeps.
    KnownCause(
        "unreachable_proxy",
        r"Read timed out|RemoteDisconnected|Connection (?:aborted|reset)|credentials were rejected|Code 401\b",
        lambda way: _by_proxy(way) and way.values.get("scheme") == "http",
    ),
    KnownCause(
        "unreachable_certificate_name",
        "hostname mismatch|IP address mismatch|doesn't match|certificate is not valid for",
    ),
    KnownCause("unreachable_certificate_date", "certificate has expired|certificate is not yet valid"),
    KnownCause(
        "unreachable_tls_version",
        "UNSUPPORTED_PROTOCOL|alert protocol version|NO_PROTOCOLS|NO_SHARED_CIPHER|NO_CIPHERS|HANDSHAKE_FAILURE"
        "|handshake failure|KEY_TOO_SMALL|UNSAFE_LEGACY|CA_MD_TOO_WEAK|INSUFFICIENT_SECURITY|WRONG_SSL_VERSION"
        "|UNSUPPORTED_SIGNATURE|wrong signature type",
    ),
    KnownCause(
        "unreachable_certificate_weak",
        "(?:key|md|algorithm) too weak|invalid purpose|Missing (?:Authority|Subject) Key Identifier|(?:CA|EE)_KEY_TOO"
        "|Basic Constraints",
    ),
    KnownCause("unreachable_certificate", "certificate verify failed|CERTIFICATE_VERIFY_FAILED"),
    KnownCause(
        "unreachable_no_tls",
        "WRONG_VERSION_NUMBER|HTTP_REQUEST|RECORD_LAYER_FAILURE|record layer failure|UNKNOWN_PROTOCOL",
    ),
    KnownCause("unreachable_tls_cut", r"SSLEOF|UNEXPECTED_EOF|SSLZeroReturn|SSLError"),
    KnownCause(
        "unreachable_name",
        r"NameResolutionError|Failed to resolve|getaddrinfo|Name or service not known|name resolution"
        r"|nodename nor servname|No address associated|label (?:empty|too long)|'idna' codec|host supplied",
    ),
    KnownCause("unreachable_refused", r"Connection refused|Errno 111|ECONNREFUSED|actively refused"),
    KnownCause(
        "unreachable_route",
        r"No route to host|(?:Network|Host) is (?:unreachable|down)|Errno (?:101|112|113)\b|Cannot assign requested"
        "|Permission denied|Operation not permitted|Invalid argument",
    ),
    KnownCause(
        "unreachable_connect_timeout", r"ConnectTimeout|connect timeout|Errno (?:60|110)\b|Connection timed out"
    ),
    KnownCause(
        "unreachable_create_timeout",
        r"Read timed out|ReadTimeout|attempt timed out|^\w+:\s*$|Connection to .* timed out",
    ),
    KnownCause("unreachable_path", r"Code 40[45]\b"),
    KnownCause("unreachable_transport_left_out", r"credentials were rejected|Code 401\b", _left_out),
    KnownCause("unreachable_login_basic", r"credentials were rejected|Code 401\b", lambda way: way.basic),
    KnownCause("unreachable_login", r"credentials were rejected|Code 401\b|Server did not respon[ds]e? with"),
    KnownCause("unreachable_forbidden", r"Code 403\b"),
    # A fault would stand in what comes with a 500; Windows refuses what is not encrypted without a word.
    KnownCause("unreachable_unencrypted", r"Code 500(?!')", lambda way: way.values.get("scheme") != "https"),
    KnownCause("unreachable_server", r"Code 50[234]\b"),
    KnownCause(
        "unreachable_not_winrm",
        r"BadStatusLine|has no attribute 'wrap'|not well-formed|mismatched tag|syntax error: line|no element found"
        r"|TooManyRedirects|Exceeded \d+ redirects|LineTooLong|InvalidChunk|IncompleteRead|Code (?:3\d\d|4\d\d|501)\b"
        r"|StopIteration|undefined entity|tampered",
    ),
    KnownCause(
        "unreachable_cut", r"Connection aborted|RemoteDisconnected|Connection reset|Errno 104|Broken pipe|Errno 32\b"
    ),
    KnownCause("unreachable_fault", "extended fault data"),
)
"""What the network, TLS and HTTP make of it, until a shell is open."""

LATER = (
    KnownCause("unreachable_read_timeout", "Read timed out|ReadTimeout|OperationTimeout"),
    KnownCause("unreachable_login", r"credentials were rejected|Code 401\b"),
)
"""What they make of it afterwards; all else is a connection that broke."""

CREATE_TIMEOUT = "unreachable_create_timeout"
"""The key of a shell that was asked for and did not come in time."""
REST = "unreachable"
"""The key of what no row recognises."""
CAUSES = (*FAULTS, *CLIENT, *KERBEROS, *NETWORK)


def key_of_cause(text: str, way: Way) -> str:
    """The key of the first row that recognises the text; REST where none does."""
    rows = (*FAULTS, *LATER) if way.open else CAUSES
    return next((each.key for each in rows if re.search(each.pattern, text, re.I) and each.when(way)), REST)


def cause_of(text: str, host_says: str, where: str, way: Way, now: datetime) -> tuple[str, Reason]:
    """Why there is no connection, and what to do about it, after the key of the row: recognised by the whole ``text``,
    told by its beginning."""
    key = key_of_cause(text, way)
    return key, sentence(key, host_says, where, way, now)


def sentence(key: str, host_says: str, where: str, way: Way, now: datetime) -> Reason:
    """The sentence of a row."""
    names = {"host": where, "port": "?", "path": "?", "user": "?"} | way.values
    return reason_of(
        key,
        where,
        host_says=host_says,
        transport=", ".join(way.transports) or "?",
        proxy=way.proxy or notice_of("proxy_unnamed"),
        until=f"{now + IDLE:%H:%M:%S} UTC",
        host=names["host"],
        port=names["port"],
        path=names["path"],
        user=names["user"],
    )
