"""What PowerShell's binder refuses, row by row: command and parameters in, error out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.binding import bind
from lab.exchange.errors import CmdletError
from lab.exchange.values import AddressSpace, Credential, Size

NEW = "New-SendConnector"
SET = "Set-SendConnector"
BASE = {"Name": "x", "AddressSpaces": "*"}
LOGIN = Credential("info@beispiel.de", "Zq7-lab-only-Kupferdach-9134")

REFUSED: list[tuple[str, dict[str, Any], str, str, str]] = [
    # command, parameters, error id, exception, a piece of the message
    ("Get-User", {}, "CommandNotFoundException", errors.NOT_A_COMMAND, "'Get-User' is not recognized"),
    (NEW, BASE | {"Nope": 1}, f"NamedParameterNotFound,{NEW}", errors.BINDING, "parameter name 'Nope'"),
    (NEW, BASE | {"Max": "1MB"}, f"NamedParameterNotFound,{NEW}", errors.BINDING, "parameter name 'Max'"),
    (NEW, BASE | {"TlsCertificateName": "x"}, f"NamedParameterNotFound,{NEW}", errors.BINDING, "TlsCertificateName"),
    (SET, {"Identity": "x", "Usage": "Internet"}, f"NamedParameterNotFound,{SET}", errors.BINDING, "'Usage'"),
    (NEW, BASE | {"name": "y"}, f"ParameterAlreadyBound,{NEW}", errors.BINDING, "more than once"),
    (NEW, {"Name": "x"}, f"MissingMandatoryParameter,{NEW}", errors.BINDING, "parameters: AddressSpaces."),
    (NEW, {}, f"MissingMandatoryParameter,{NEW}", errors.BINDING, "parameters: Name AddressSpaces."),
    (SET, {"Port": 25}, f"MissingMandatoryParameter,{SET}", errors.BINDING, "parameters: Identity."),
    ("Remove-SendConnector", {}, "MissingMandatoryParameter,Remove-SendConnector", errors.BINDING, "Identity"),
    (NEW, BASE | {"LinkedReceiveConnector": "r"}, f"AmbiguousParameterSet,{NEW}", errors.BINDING, "cannot be resolved"),
    (
        "Get-ExchangeServer",
        {"Identity": "SBS", "Domain": "nt4admins.local"},
        "AmbiguousParameterSet,Get-ExchangeServer",
        errors.BINDING,
        "cannot be resolved",
    ),
    (SET, {"Identity": None}, f"ParameterArgumentValidationErrorNullNotAllowed,{SET}", errors.VALIDATION, "is null"),
    (
        NEW,
        BASE | {"Name": ""},
        f"ParameterArgumentValidationErrorEmptyStringNotAllowed,{NEW}",
        errors.VALIDATION,
        "empty string",
    ),
    (
        NEW,
        BASE | {"Name": None},
        f"ParameterArgumentValidationErrorEmptyStringNotAllowed,{NEW}",
        errors.VALIDATION,
        "empty string",
    ),
    (
        NEW,
        BASE | {"AddressSpaces": []},
        f"ParameterArgumentValidationErrorEmptyArrayNotAllowed,{NEW}",
        errors.VALIDATION,
        "empty array",
    ),
]

UNCONVERTIBLE: list[tuple[str, Any, str]] = [
    ("Enabled", None, 'value "" to type "System.Boolean"'),
    ("Enabled", "true", 'value "System.String" to type "System.Boolean"'),
    ("Enabled", [True], '"System.Object[]" to type "System.Boolean"'),
    ("Force", "yes", "System.Management.Automation.SwitchParameter"),
    ("Port", "abc", 'value "abc" to type "System.Int32"'),
    ("Port", 2**31, "too large or too small for an Int32"),
    ("Port", [25, 587], '"System.Object[]" to type "System.Int32"'),
    ("Port", {"a": 1}, "System.Collections.Hashtable"),
    ("Comment", ["a", "b"], "System.String"),
    ("MaxMessageSize", "ten", '"ten" to type "Unlimited"'),
    ("MaxMessageSize", "-1", '"-1"'),
    ("MaxMessageSize", None, "Unlimited"),
    ("MaxMessageSize", True, "Unlimited"),
    ("ConnectionInactivityTimeOut", "ten minutes", "EnhancedTimeSpan"),
    ("ConnectionInactivityTimeOut", "00:99:00", "EnhancedTimeSpan"),
    ("ConnectionInactivityTimeOut", None, "EnhancedTimeSpan"),
    ("Fqdn", "not a name", '"not a name" to type "Fqdn"'),
    ("Fqdn", "*.beispiel.de", "Fqdn"),
    ("TlsDomain", "a b", "SmtpDomainWithSubdomains"),
    ("SourceIPAddress", "300.1.1.1", "System.Net.IPAddress"),
    ("AuthenticationCredential", "info@beispiel.de", "System.Management.Automation.PSCredential"),
    (
        "SmartHostAuthMechanism",
        "Plain",
        '"None, BasicAuth, BasicAuthRequireTLS, ExchangeServer, ExternalAuthoritative"',
    ),
    ("SmartHostAuthMechanism", "BasicAuth, ExchangeServer", "enumeration values"),
    ("SmartHostAuthMechanism", None, "enumeration values"),
    ("TlsAuthLevel", "Encryption", '"EncryptionOnly, CertificateValidation, DomainValidation"'),
    ("ProtocolLoggingLevel", 1, "enumeration values"),
    ("ErrorPolicies", "DowngradeCustomFailures", '"Default, DowngradeAuthFailures, DowngradeDnsFailures"'),
    ("SmartHosts", "smtp strato", "neither a fully qualified domain name nor an IP address"),
    ("SmartHosts", ["10.0.0.999"], '"10.0.0.999"'),
    ("SmartHosts", [""], "SmartHost"),
    ("SmartHosts", ["a.de", "a.de"], "already present"),
    ("AddressSpaces", "*;0", "cost from 1 through 100"),
    ("AddressSpaces", "*;101", "cost from 1 through 100"),
    ("AddressSpaces", "*;x", "AddressSpace"),
    ("AddressSpaces", "*contoso.com", "AddressSpace"),
    ("AddressSpaces", "SMTP:", "AddressSpace"),
    ("AddressSpaces", ":*", "AddressSpace"),
    ("AddressSpaces", ["*", "SMTP:*;1"], "already present"),
    ("SourceTransportServers", [" "], "ServerIdParameter"),
]

OUT_OF_RANGE: list[tuple[str, Any, str]] = [
    ("Port", -1, "'-1' of the property Port"),
    ("Port", 65536, "from 0 through 65535"),
    ("MaxMessageSize", 2147483648, "from 0 through 2147483647"),
    ("MaxMessageSize", "3GB", "'3221225472'"),
    ("ConnectionInactivityTimeOut", "00:00:00", "from 00:00:01 through 1.00:00:00"),
    ("ConnectionInactivityTimeOut", "1.00:00:01", "'1.00:00:01'"),
    ("ConnectionInactivityTimeOut", 600, "'00:00:00.0000600'"),
]

TYPED: list[tuple[str, Any, Any]] = [
    ("Enabled", 0, False),
    ("Force", None, False),
    ("Port", "587", 587),
    ("Port", 0, 0),
    ("Port", 65535, 65535),
    ("Comment", None, None),
    ("Comment", 7, "7"),
    ("MaxMessageSize", "Unlimited", Size(None)),
    ("MaxMessageSize", 1048577, Size(1048577)),
    ("MaxMessageSize", "10 mb", Size(10485760)),
    ("MaxMessageSize", "10 MB (10,485,760 bytes)", Size(10485760)),
    ("MaxMessageSize", "10 MB (10.485.760 bytes)", Size(10485760)),
    ("MaxMessageSize", 2147483647, Size(2147483647)),
    ("ConnectionInactivityTimeOut", "00:15:00", timedelta(minutes=15)),
    ("ConnectionInactivityTimeOut", "1.00:00:00", timedelta(days=1)),
    ("ConnectionInactivityTimeOut", "1", timedelta(days=1)),
    ("ConnectionInactivityTimeOut", 6_000_000_000, timedelta(minutes=10)),
    ("Fqdn", "", None),
    ("Fqdn", "mail.beispiel.de", "mail.beispiel.de"),
    ("TlsDomain", "*.strato.de", "*.strato.de"),
    ("SourceIPAddress", None, None),
    ("SourceIPAddress", "::1", "::1"),
    ("AuthenticationCredential", LOGIN, LOGIN),
    ("AuthenticationCredential", None, None),
    ("SmartHostAuthMechanism", "basicauthrequiretls", "BasicAuthRequireTLS"),
    ("TlsAuthLevel", None, None),
    ("ErrorPolicies", "downgradednsfailures,DowngradeAuthFailures", "DowngradeAuthFailures, DowngradeDnsFailures"),
    ("ErrorPolicies", ["DowngradeDnsFailures"], "DowngradeDnsFailures"),
    ("ErrorPolicies", "Default, DowngradeDnsFailures", "DowngradeDnsFailures"),
    ("ErrorPolicies", "default", "Default"),
    ("SmartHosts", None, []),
    ("SmartHosts", "smtp.strato.de", ["smtp.strato.de"]),
    ("SmartHosts", ["10.0.0.1", "[2001:db8::1]"], ["[10.0.0.1]", "[2001:db8::1]"]),
    ("AddressSpaces", "*", [AddressSpace("SMTP", "*", 1)]),
    ("AddressSpaces", ["smtp:*.a.de;5", "b.de"], [AddressSpace("SMTP", "*.a.de", 5), AddressSpace("SMTP", "b.de", 1)]),
    ("AddressSpaces", "X400:o=MySite;p=MyOrg;c=us;7", [AddressSpace("X400", "o=MySite;p=MyOrg;c=us", 7)]),
]


@pytest.mark.parametrize(("command", "parameters", "error_id", "type", "piece"), REFUSED)
def test_a_call_that_the_binder_refuses(
    command: str, parameters: dict[str, Any], error_id: str, type: str, piece: str
) -> None:
    with pytest.raises(CmdletError) as caught:
        bind(command, parameters)
    assert (caught.value.error_id, caught.value.type) == (error_id, type)
    assert piece in caught.value.message


@pytest.mark.parametrize(("name", "value", "piece"), UNCONVERTIBLE)
def test_a_value_that_the_type_does_not_take(name: str, value: Any, piece: str) -> None:
    with pytest.raises(CmdletError) as caught:
        bind(NEW, BASE | {name: value})
    error = caught.value
    assert (error.type, error.category) == (errors.TRANSFORMATION, "InvalidData")
    assert error.error_id == f"ParameterArgumentTransformationError,{NEW}"
    assert error.message.startswith(f"Cannot process argument transformation on parameter '{name}'. ")
    assert piece in error.message


@pytest.mark.parametrize(("name", "value", "piece"), OUT_OF_RANGE)
def test_a_value_outside_its_documented_range(name: str, value: Any, piece: str) -> None:
    with pytest.raises(CmdletError) as caught:
        bind(SET, {"Identity": "x", name: value})
    assert (caught.value.type, caught.value.category) == (errors.DATA_VALIDATION, "InvalidData")
    assert piece in caught.value.message


@pytest.mark.parametrize(("name", "value", "typed"), TYPED)
def test_a_value_and_its_type(name: str, value: Any, typed: Any) -> None:
    assert bind(NEW, BASE | {name: value})[name] == typed


def test_names_are_told_apart_by_spelling_not_by_capitals() -> None:
    assert bind("set-sendconnector", {"IDENTITY": "x", "wi": True}) == {"Identity": "x", "WhatIf": True}


def test_common_parameters_are_passed_over() -> None:
    common = {"ErrorAction": "Stop", "WarningAction": "SilentlyContinue", "WarningVariable": "said", "Verbose": True}
    assert bind("Get-SendConnector", common) == {}


def test_a_german_host_refuses_in_german() -> None:
    with pytest.raises(CmdletError) as caught:
        bind(SET, {"Identity": "x", "Port": "abc"}, "de")
    assert caught.value.message == (
        'Die Argumenttransformation für den Parameter "Port" kann nicht verarbeitet werden. Der Wert "abc" kann nicht '
        'in den Typ "System.Int32" konvertiert werden. Fehler: "Die Eingabezeichenfolge hat das falsche Format."'
    )


def test_a_credential_never_shows_its_password() -> None:
    assert "Kupferdach" not in repr(LOGIN)
    with pytest.raises(CmdletError) as caught:
        bind(NEW, BASE | {"Comment": LOGIN})
    assert "Kupferdach" not in caught.value.message
