"""Each thing that goes wrong with a connection has its own remedy. The texts are those that ansible-core, pywinrm,
requests, urllib3, OpenSSL and MIT Kerberos raise, most of them seen; those of Windows are its documentation's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import causes
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.causes import CAUSES, LATER, REST, Way, cause_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.winrm_options import way_of
from tests.unit.plugin_utils.action.shell_host import Shell, twin

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
VALUES = {"scheme": "http", "host": "10.0.0.5", "port": 5985, "path": "/wsman", "user": "NT4ADMINS\\ansible"}
NTLM = Way(transports=("ntlm",), values=VALUES)
HTTPS = Way(transports=("ntlm",), values={**VALUES, "scheme": "https", "port": 5986})
OPEN = Way(open=True, transports=("ntlm",), values=VALUES)
BASIC = Way(transports=("ssl",), values=VALUES)
LEFT_OUT = Way(transports=("ssl",), declared=False, values=VALUES)
KERBEROS_LEFT_OUT = Way(transports=("kerberos",), declared=False, values=VALUES)
BY_PROXY = Way(transports=("ntlm",), proxy="squid:3128", values=VALUES)


def pool(cause: str, scheme: str = "HTTP") -> str:
    """What requests says of a connection that did not come about."""
    return f"ntlm: {scheme}ConnectionPool(host='10.0.0.5', port=5985): Max retries exceeded with url: /wsman ({cause})"


def new(cause: str) -> str:
    return pool(f"Caused by NewConnectionError(\"HTTPConnection(host='10.0.0.5', port=5985): {cause}\")")


def tls(cause: str) -> str:
    if cause.startswith("certificate"):
        cause = f"SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] {cause} (_ssl.c:1020)')"
    return pool(f"Caused by SSLError({cause})", "HTTPS")


def http(code: int) -> str:
    return f"ntlm: Bad HTTP response returned from server. Code {code}"


def fault(code: int | None, text: str = "Der Dienst kann die Anforderung nicht verarbeiten.", sub: str = "w:X") -> str:
    """What pywinrm says of a fault; one whose number stands in MSFT_WmiError comes without it."""
    number = "" if code is None else f"'wsmanfault_code': {code}, "
    return (
        f"ntlm: {text} (extended fault data: {{'transport_message': 'Bad HTTP response returned from server. Code 500',"
        f" 'http_status_code': 500, {number}'fault_code': 's:Sender', 'fault_subcode': '{sub}'}})"
    )


class Row(NamedTuple):
    key: str
    text: str
    word: str
    way: Way = NTLM


REFUSED = "ntlm: the specified credentials were rejected by the server"
KERBEROS_MISSING = (
    "WinRM Kerberos authentication requested but the python kerberos library is not installed. Please install the"
    " pykerberos library, set a different authentication method with ansible_winrm_transport, or use a local user"
    " account to connect using basic authentication."
)
GSS = "kerberos: authGSSClientInit() failed: (('Unspecified GSS failure', 851968),"
KINIT = "Kerberos auth failure for principal a@FIRMA.LOCAL: kinit: "
SHELLS = (
    "The WS-Management service cannot process the request. The maximum number of concurrent shells for this user has"
    " been exceeded. Close existing shells or raise the quota for this user. "
)
ROWS = [
    # The quotas of WinRM, by their numbers in whatever language, and by their words where pywinrm drops the number.
    Row("unreachable_shells", fault(2150859173), "Wait three minutes"),
    Row("unreachable_shells", fault(None, SHELLS, "w:QuotaLimit"), "The password is fine"),
    Row("unreachable_shells", fault(None, "Zu viele Shells.", "w:QuotaLimit"), "MaxShellsPerUser"),
    Row("unreachable_shells", fault(2150859236), "MaxShellsPerUser"),
    Row("unreachable_commands", fault(2150859174), "MaxConcurrentOperationsPerUser"),
    Row("unreachable_commands", fault(None, "Zu viele.", "w:QuotaLimit"), "MaxProcessesPerShell", OPEN),
    Row("unreachable_commands", fault(2150859240), "The password is fine", OPEN),
    Row("unreachable_users", fault(2150859179), "MaxConcurrentUsers"),
    Row("unreachable_load", fault(2150859175), "--forks"),
    Row("unreachable_load", fault(2150859176), "--forks"),
    Row("unreachable_memory", fault(14), "MaxMemoryPerShellMB"),
    Row("unreachable_memory", fault(2147942414), "MaxMemoryPerShellMB", OPEN),
    Row("unreachable_memory", fault(1816, "Not enough quota is available to process this command. "), "MaxMemory"),
    Row("unreachable_memory", fault(None, "0x8007000E"), "MaxMemory"),
    # Who may log in.
    Row("unreachable_denied", fault(5), "login itself was accepted"),
    Row("unreachable_denied", fault(2147942405), "Domain Admins"),
    Row("unreachable_denied", fault(None, "Access is denied. ", "w:AccessDenied"), "Domain Admins", OPEN),
    Row("unreachable_denied", fault(None, "Zugriff verweigert"), "Domain Admins"),
    Row("unreachable_shells_forbidden", fault(2150859180), "AllowRemoteShellAccess"),
    Row("unreachable_account", fault(1909), "Unlock"),
    Row("unreachable_account", fault(2147944309), "Unlock"),  # 1909 as an HRESULT
    Row("unreachable_account", fault(1331), "enable"),
    Row("unreachable_account", "credssp: STATUS_ACCOUNT_LOCKED_OUT 0xc0000234", "Unlock"),
    Row("unreachable_account", KINIT + "Client's credentials have been revoked while getting initial", "Unlock"),
    Row("unreachable_password_expired", fault(1907), "change the password"),
    Row("unreachable_password_expired", fault(1330, "Das Kennwort dieses Kontos ist abgelaufen."), "vault"),
    Row("unreachable_password_expired", KINIT + "Password has expired while getting initial credentials", "vault"),
    Row("unreachable_login", REFUSED, "ansible_user and the password"),
    Row("unreachable_login", fault(1326), "ansible_user"),
    Row("unreachable_login", "WinRMTransportError: Code 401", "ansible_user", OPEN),
    Row("unreachable_login_basic", REFUSED.replace("ntlm", "ssl"), "Basic", BASIC),
    Row(
        "unreachable_transport_left_out", REFUSED.replace("ntlm", "ssl"), "Set ansible_winrm_transport: ntlm", LEFT_OUT
    ),
    Row("unreachable_transport_left_out", KERBEROS_MISSING, "for a user with an @", KERBEROS_LEFT_OUT),
    Row("unreachable_transport_left_out", KINIT + "Cannot find KDC for realm", "ntlm", KERBEROS_LEFT_OUT),
    Row("unreachable_no_user", "ntlm: auth method ntlm requires a username", "Set ansible_user"),
    Row("unreachable_no_password", "ntlm: auth method ntlm requires a password", "Set ansible_password"),
    # German Windows, without the number.
    Row("unreachable_login", fault(None, "Unbekannter Benutzername oder falsches Kennwort."), "ansible_user"),
    Row("unreachable_account", fault(None, "Einschränkung des Benutzerkontos."), "Unlock"),
    Row("unreachable_denied", fault(None, "Sie haben nicht genügend Berechtigungen."), "Domain Admins"),
    Row("unreachable_denied", fault(2147749891, "Zugriff untersagt."), "Domain Admins"),  # of WMI
    Row("unreachable_memory", fault(None, "Die Auslagerungsdatei ist zu klein."), "MaxMemory"),
    Row("unreachable_memory", fault(None, "Es sind nicht genügend freie Systemressourcen da."), "MaxMemory"),
    Row("unreachable_fault", fault(87, "Falscher Parameter; der Standardwert wird verwendet."), "event log"),
    Row("unreachable_shell_gone", fault(None, "Der E/A-Vorgang wurde abgebrochen."), "restarted", OPEN),
    # The shell.
    Row("unreachable_busy", fault(170, "The requested resource is in use. "), "Wait a minute"),
    Row("unreachable_busy", fault(None, "0x800700aa"), "Wait a minute", OPEN),
    Row("unreachable_shell_gone", fault(2150858843, sub="w:InvalidSelectors"), "restarted", OPEN),
    Row("unreachable_shell_gone", fault(995), "restarted", OPEN),
    Row("unreachable_too_large", http(413), "MaxEnvelopeSizekb"),
    Row("unreachable_too_large", fault(2150858790), "MaxEnvelopeSizekb", OPEN),
    Row("unreachable_fault", fault(2150858752), "event log"),
    # What the controller refuses by itself.
    Row("unreachable_kerberos_missing", KERBEROS_MISSING, "pywinrm[kerberos]"),
    Row(
        "unreachable_kerberos_missing",
        "kerberos: requested auth method is kerberos, but pykerberos is not installed",
        "ntlm",
    ),
    Row(
        "unreachable_credssp_missing",
        "credssp: requests auth method is credssp, but requests-credssp is not installed",
        "pywinrm[credssp]",
    ),
    Row(
        "unreachable_library_missing",
        "ntlm: requested auth method is ntlm, but requests_ntlm is not installed",
        "requirements.txt",
    ),
    Row(
        "unreachable_library_missing",
        "AnsibleError: winrm or requests is not installed: No module named 'winrm'",
        "pip",
    ),
    Row("unreachable_library_missing", "AnsibleError: xmltodict is not installed: No module named 'xmltodict'", "pip"),
    Row(
        "unreachable_transport_unknown",
        "AnsibleError: The installed version of WinRM does not support transport(s) ['nltm']",
        "ntlm, kerberos",
    ),
    Row(
        "unreachable_encryption",
        "ssl: message encryption is set to 'always' but the selected auth method ssl does not support it",
        "ntlm",
    ),
    Row(
        "unreachable_timeouts",
        "ntlm: read_timeout_sec must exceed operation_timeout_sec, and both must be non-zero",
        "higher",
    ),
    Row(
        "unreachable_option",
        "ntlm: failed to parse read_timeout_sec as int: invalid literal for int() with base 10: 'x'",
        "Correct",
    ),
    Row(
        "unreachable_option",
        "ntlm: invalid message_encryption arg: on. Should be 'auto', 'always', or 'never'",
        "Correct",
    ),
    Row("unreachable_option", "OverflowError: getsockaddrarg: port must be 0-65535.", "ansible_port"),
    Row("unreachable_option", "ntlm: invalid server_cert_validation mode: no", "Correct"),
    Row(
        "unreachable_client_certificate",
        "certificate: both cert_pem and cert_key_pem must be specified for cert auth",
        "cert_pem",
    ),
    Row("unreachable_client_certificate", "certificate: cert_pem file not found (/a.pem)", "cert_pem"),
    Row(
        "unreachable_client_certificate",
        "ssl: Could not find the TLS certificate file, invalid path: /a.pem",
        "cert_pem",
        BASIC,
    ),
    Row(
        "unreachable_certificate_file",
        "ntlm: Could not find a suitable TLS CA certificate bundle, invalid path: /ca.pem",
        "ca_trust_path",
    ),
    Row("unreachable_library_missing", "ntlm: unsupported hash type md4", "requirements.txt"),
    Row("unreachable_certificate_file", tls("PermissionError(13, 'Permission denied')"), "ca_trust_path"),
    # Kerberos.
    Row("unreachable_kerberos_ticket", f"{GSS} ('No Kerberos credentials available', 0))", "kinit_mode"),
    Row("unreachable_kerberos_ticket", f"{GSS} ('Ticket expired', -1765328352))", "run kinit"),
    Row("unreachable_kerberos_encryption", KINIT + "KDC has no support for encryption type while getting", "AES"),
    Row("unreachable_kerberos_realm", KINIT + "Configuration file does not specify default realm when", "krb5.conf"),
    Row(
        "unreachable_kinit",
        "Kerberos auth failure when calling kinit cmd 'kinit': [Errno 2] No such file or directory",
        "krb5-user",
    ),
    Row("unreachable_kerberos_clock", KINIT + "Clock skew too great while getting initial credentials", "clock"),
    Row("unreachable_kerberos_realm", KINIT + 'Cannot find KDC for realm "FIRMA.LOCAL" while getting', "capitals"),
    Row("unreachable_kerberos_realm", KINIT + "Cannot contact any KDC for realm 'FIRMA.LOCAL'", "krb5.conf"),
    Row("unreachable_kerberos_realm", KINIT + "KDC reply did not match expectations while getting", "capitals"),
    Row(
        "unreachable_kerberos_name",
        "kerberos: authGSSClientStep() failed: (('Unspecified GSS failure', 851968), ('Server"
        " HTTP/10.0.0.5@FIRMA not found in Kerberos database', 1))",
        "ansible_host",
    ),
    Row("unreachable_kerberos_login", KINIT + "Preauthentication failed while getting initial credentials", "password"),
    Row("unreachable_kerberos_login", KINIT + "Client 'a@FIRMA.LOCAL' not found in Kerberos database", "ansible_user"),
    Row(
        "unreachable_credssp_off",
        "credssp: Server did not response with a CredSSP token after step TLS Handshake",
        "ntlm",
    ),
    Row("unreachable_login", "credssp: Server did not respond with a CredSSP token after step Step 2.", "password"),
    # The proxy.
    Row(
        "unreachable_proxy",
        pool(
            "Caused by ProxyError('Unable to connect to proxy', NewConnectionError('x: [Errno 111]"
            " Connection refused'))"
        ),
        "ansible_winrm_proxy",
        BY_PROXY,
    ),
    Row(
        "unreachable_proxy",
        pool(
            "Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 407"
            " Proxy Authentication Required'))",
            "HTTPS",
        ),
        "squid:3128",
        BY_PROXY,
    ),
    Row("unreachable_proxy", http(407), "ansible_winrm_proxy"),
    Row("unreachable_proxy", http(503), "squid:3128", BY_PROXY),
    Row("unreachable_proxy", http(403), "no_proxy", BY_PROXY),
    Row("unreachable_proxy", "ntlm: Missing dependencies for SOCKS support.", "ansible_winrm_proxy", BY_PROXY),
    Row("unreachable_proxy", REFUSED, "squid:3128", BY_PROXY),
    Row(
        "unreachable_proxy", "ntlm: HTTPConnectionPool(host='squid', port=3128): Read timed out.", "no_proxy", BY_PROXY
    ),
    # TLS.
    Row("unreachable_certificate_weak", tls("certificate verify failed: EE certificate key too weak"), "2048"),
    Row("unreachable_certificate_weak", tls("certificate verify failed: Missing Authority Key Identifier"), "SHA-256"),
    Row("unreachable_client_certificate", tls("SSLError(1, '[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] x')"), "cert_pem"),
    Row(
        "unreachable_connect_timeout", tls("TimeoutError('_ssl.c:990: The handshake operation timed out')"), "firewall"
    ),
    Row("unreachable_read_timeout", "WinRMOperationTimeoutError: ", "overloaded", OPEN),
    Row(
        "unreachable_certificate",
        tls("certificate verify failed: unable to get local issuer certificate"),
        "ca_trust_path",
    ),
    Row(
        "unreachable_certificate",
        tls("certificate verify failed: self-signed certificate"),
        "self-signed",
    ),
    Row(
        "unreachable_certificate_name",
        tls("certificate verify failed: Hostname mismatch, certificate is not valid for 'sbs'."),
        "subjectAltName",
    ),
    Row(
        "unreachable_certificate_name",
        tls("certificate verify failed: IP address mismatch, certificate is not valid for '10.0.0.5'."),
        "10.0.0.5",
    ),
    Row(
        "unreachable_certificate_date",
        tls("certificate verify failed: certificate has expired"),
        "Renew",
    ),
    Row(
        "unreachable_tls_version",
        tls("SSLError(1, '[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version (_ssl.c:1020)')"),
        "TLS 1.0",
    ),
    Row(
        "unreachable_tls_version",
        tls("SSLError(1, '[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:1020)')"),
        "5985",
    ),
    Row(
        "unreachable_tls_version",
        tls("SSLError(1, '[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] ssl/tls alert handshake failure (_ssl.c:1020)')"),
        "TLS 1.2",
    ),
    Row(
        "unreachable_tls_version",
        tls("SSLError(1, '[SSL: DH_KEY_TOO_SMALL] dh key too small (_ssl.c:1020)')"),
        "TLS 1.2",
    ),
    Row(
        "unreachable_no_tls",
        tls("SSLError(1, '[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1020)')"),
        "ansible_winrm_scheme: http",
    ),
    Row(
        "unreachable_tls_cut",
        tls(
            "SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1020)')"
        ),
        "5985",
    ),
    # The way there.
    Row(
        "unreachable_name",
        pool(
            "Caused by NameResolutionError(\"HTTPConnection(host='sbs', port=5985): Failed to resolve"
            " 'sbs' ([Errno -2] Name or service not known)\")"
        ),
        "ansible_host",
    ),
    Row(
        "unreachable_name",
        new("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution"),
        "DNS",
    ),
    Row(
        "unreachable_refused",
        new("Failed to establish a new connection: [Errno 111] Connection refused"),
        "winrm quickconfig",
    ),
    Row("unreachable_route", new("Failed to establish a new connection: [Errno 113] No route to host"), "firewall"),
    Row("unreachable_connect_timeout", new("[Errno 60] Operation timed out"), "firewall"),
    Row("unreachable_route", new("Failed to establish a new connection: [Errno 101] Network is unreachable"), "VPN"),
    Row(
        "unreachable_connect_timeout",
        pool(
            "Caused by ConnectTimeoutError(<HTTPConnection(host='10.0.0.5', port=5985)>, 'Connection to"
            " 10.0.0.5 timed out. (connect timeout=30)')"
        ),
        "firewall",
    ),
    Row(
        "unreachable_create_timeout",
        "ntlm: HTTPConnectionPool(host='10.0.0.5', port=5985): Read timed out. (read timeout=30)",
        "23:33:00 UTC",
    ),
    Row("unreachable_create_timeout", "ntlm:", "one of the account's five"),
    Row("unreachable_create_timeout", "AnsibleError: the connection attempt timed out", "23:33:00 UTC"),
    Row(
        "unreachable_read_timeout",
        "winrm connection error: HTTPConnectionPool(host='10.0.0.5', port=5985): Read timed out. (read timeout=30)",
        "ansible_winrm_operation_timeout_sec",
        OPEN,
    ),
    Row(
        "unreachable_cut",
        "ntlm: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
        "23:33:00 UTC",
    ),
    Row(
        "unreachable_cut",
        "ntlm: ('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
        "ansible_winrm_scheme",
    ),
    # Something else there.
    Row("unreachable_unencrypted", http(500), "ansible_winrm_message_encryption"),
    Row("unreachable_path", http(404), "ansible_winrm_path"),
    Row("unreachable_path", http(405), "IIS"),
    Row("unreachable_forbidden", http(403), "IPv4Filter"),
    Row("unreachable_server", http(503), "service WinRM"),
    Row("unreachable_not_winrm", http(400), "ansible_port"),
    Row("unreachable_not_winrm", "ntlm: 'NoneType' object has no attribute 'wrap'", "web server"),
    Row("unreachable_not_winrm", "ssl: not well-formed (invalid token): line 1, column 2", "web server", BASIC),
    Row(
        "unreachable_not_winrm", "ntlm: ('Connection aborted.', BadStatusLine('SSH-2.0-OpenSSH_9'))", "another service"
    ),
    Row("unreachable_not_winrm", "ntlm: Exceeded 30 redirects.", "ansible_winrm_scheme"),
    # All else.
    Row(REST, "ntlm: something that nobody has seen", "Check ansible_host"),
    Row(REST, http(500), "Check ansible_host", HTTPS),  # where clear text is not refused
    Row(REST, "ConnectionError: ('Connection aborted.', RemoteDisconnected('x'))", "Check ansible_host", OPEN),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.key}: {row.text[-60:]}")
def test_a_cause_has_its_remedy(row: Row) -> None:
    key, reason = cause_of(row.text, row.text, "sbs", row.way, NOW)
    assert key == row.key
    assert row.text in reason.found.replace("\\\\", "\\") and row.word in f"{reason.expected} {reason.remedy}"
    assert "?" not in reason.remedy


def test_every_row_has_a_text_here() -> None:
    assert {each.key for each in (*CAUSES, *LATER)} | {REST} == {row.key for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.key}: {row.text[-60:]}")
def test_the_login_is_asked_for_where_it_can_be_wrong_alone(row: Row) -> None:
    asked = {REST, "unreachable_login", "unreachable_login_basic", "unreachable_kerberos_login"}
    remedy = cause_of(row.text, "", "sbs", row.way, NOW)[1].remedy
    assert bool(re.search(r"heck .*ansible_user\b.*password", remedy)) == (row.key in asked)


def test_numbers_of_windows_are_known_in_each_form() -> None:
    for text in ("'wsmanfault_code': 1909,", "2147944309", "0x80070775"):
        assert causes.key_of_cause(text, NTLM) == "unreachable_account"
    for text in ("'wsmanfault_code': 19091,", "port=1909", "0x80070776"):
        assert causes.key_of_cause(text, NTLM) == REST


PROXIES: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "none": ({}, {}, ""),
    "the environment's": ({}, {"http_proxy": "http://otto:Geheim-4711@squid:3128"}, "squid:3128"),
    "the environment's, for https alone": ({}, {"https_proxy": "http://squid:3128"}, ""),
    "the environment's, not for this host": ({}, {"http_proxy": "http://squid:3128", "no_proxy": "sbs"}, ""),
    "an empty one": ({"ansible_winrm_proxy": None}, {"http_proxy": "http://squid:3128"}, ""),
    "an empty text": ({"ansible_winrm_proxy": ""}, {"http_proxy": "http://squid:3128"}, ""),
    "its own": ({"ansible_winrm_proxy": "http://own:8080"}, {"http_proxy": "http://squid:3128"}, "own:8080"),
}


@pytest.mark.parametrize(("variables", "environment", "proxy"), PROXIES.values(), ids=PROXIES)
def test_the_proxy_is_the_one_that_pywinrm_takes(
    variables: dict[str, Any], environment: dict[str, str], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    connection = Shell(twin("sbs2011"), variables).connection
    way = way_of(connection, is_open=False)
    assert (way.proxy, way.transports, way.declared) == (proxy, ("ntlm",), True)
    assert (way.values["port"], way.values["path"], way.values["user"]) == (5985, "/wsman", "a")


def test_a_connection_that_tells_nothing_has_causes_as_well() -> None:
    key, reason = cause_of(REFUSED, REFUSED, "sbs", way_of(object(), is_open=False), NOW)
    assert key == "unreachable_login" and "ansible_user" in reason.remedy
