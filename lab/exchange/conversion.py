"""From a plain value to the .NET type of a parameter, as PowerShell's binder converts it."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lab.exchange.address_template import AddressTemplate
from lab.exchange.contract import Parameter
from lab.exchange.ip_ranges import Binding, IpRange
from lab.exchange.proxy_address import AddressEdit, AddressError, Addresses, ProxyAddress, arranged, is_smtp_address
from lab.exchange.texts import Text, text
from lab.exchange.values import (
    AddressSpace,
    Credential,
    Limit,
    Size,
    display_time_span,
    is_domain,
    is_local_path,
    parse_smart_host,
    parse_time_span,
)

_FULL_NAMES = {
    "Boolean": "System.Boolean",
    "DateTime": "System.DateTime",
    "Int32": "System.Int32",
    "String": "System.String",
    "Guid": "System.Guid",
    "IPAddress": "System.Net.IPAddress",
    "SwitchParameter": "System.Management.Automation.SwitchParameter",
    "PSCredential": "System.Management.Automation.PSCredential",
}
FLAGS = {
    "ReceiveAuthMechanisms",
    "ErrorPolicies",
    "MessageRateSourceFlags",
    "PermissionGroups",
    "WellKnownRecipientType",
}
"""The enumerations of which several values may be given at once."""

_NULLABLE = {"TlsAuthLevel", "WellKnownRecipientType"}
_LIMITS = {
    "MaxInboundConnection",
    "MaxInboundConnectionPerSource",
    "MaxOutboundConnections",
    "MaxPerDomainOutboundConnections",
    "MaxProtocolErrors",
    "MaxRecipientEnvelopeLimit",
    "MessageRateLimit",
    "ResultSize",
}
"""The parameters that are ``Unlimited<Int32>``; the contract says no more than Unlimited, which is a size elsewhere."""

_IN_KB = {"MaxReceiveSize", "MaxSendSize"}
"""Sizes of Set-TransportConfig of which a bare number counts kilobytes."""


class ConversionError(Exception):
    """A value that the type does not take; ``reason`` is the text behind the binder's own."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


class RangeError(Exception):
    """A value of the right type outside the documented range."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


def convert(parameter: Parameter, value: object) -> object:
    """The typed value of a parameter.

    Gives bool, int, str, timedelta, datetime in UTC, Size, Limit, Credential, ProxyAddress, None, or a list; for the
    addresses of a recipient a tuple or an AddressEdit, for templates of addresses a tuple. Raises ConversionError, or
    RangeError where the contract documents a range.
    """
    converted = _converter(parameter)(parameter, value)
    if parameter.range is not None:
        _check_range(parameter, parameter.range, converted)
    return converted


def _converter(parameter: Parameter) -> Callable[[Parameter, object], object]:
    if parameter.is_enumeration:
        return _enumeration
    if parameter.type.endswith("[]"):
        return _array
    if parameter.type.endswith(("IdParameter", "ObjectId")):
        return _string
    if parameter.name in _LIMITS:
        return _limit
    return _CONVERTERS[parameter.type]


def _refusal(key: str, parameter: Parameter, value: object, **fields: object) -> ConversionError:
    shown = "" if value is None else "System.Object[]" if isinstance(value, list) else value
    if isinstance(value, dict):
        shown = "System.Collections.Hashtable"
    name = _FULL_NAMES.get(parameter.type, parameter.type)
    return ConversionError(text(key, value=shown, type=name, **fields))


def _boolean(parameter: Parameter, value: object) -> bool:
    if isinstance(value, bool | int):
        return bool(value)
    if value is None and parameter.type == "SwitchParameter":
        return False
    shown = "System.String" if isinstance(value, str) else value
    raise _refusal("convert_boolean", parameter, shown)


def _int32(parameter: Parameter, value: object) -> int:
    if value is None:
        return 0  # what PowerShell makes of $null for a number
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value):
        value = int(value)
    if not isinstance(value, bool | int):
        key = "convert_number" if isinstance(value, str) else "convert"
        raise _refusal(key, parameter, value)
    if not -(2**31) <= value < 2**31:
        raise _refusal("convert_number_size", parameter, value)
    return int(value)


def _string(parameter: Parameter, value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int):
        return str(value)
    raise _refusal("convert", parameter, value)


def _domain(parameter: Parameter, value: object) -> str | None:
    written = _string(parameter, value)
    if not written:
        return None
    bare = written.removeprefix("*.") if parameter.type == "SmtpDomainWithSubdomains" else written
    if not is_domain(bare):
        raise _refusal("convert", parameter, value)
    return written


def _size(parameter: Parameter, value: object) -> Size:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _refusal("convert", parameter, value)
    if parameter.name in _IN_KB and str(value).strip().isdigit():
        value = int(value) * 1024
    try:
        return Size.parse(value)
    except ValueError:
        raise _refusal("convert", parameter, value) from None


def _size_in_bytes(parameter: Parameter, value: object) -> Size:
    size = _size(parameter, value)
    if size.bytes is None:
        raise _refusal("convert", parameter, value)
    return size


def _limit(parameter: Parameter, value: object) -> Limit:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _refusal("convert", parameter, value)
    try:
        return Limit.parse(value)
    except ValueError:
        raise _refusal("convert", parameter, value) from None


def _time_span(parameter: Parameter, value: object) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _refusal("convert", parameter, value)
    try:
        return parse_time_span(value)
    except (ValueError, OverflowError):
        raise _refusal("convert", parameter, value) from None


def _ip_address(parameter: Parameter, value: object) -> str | None:
    if value is None:
        return None
    try:
        return str(ipaddress.ip_address(str(value).strip()))
    except ValueError:
        raise _refusal("convert", parameter, value) from None


def _local_path(parameter: Parameter, value: object) -> str | None:
    written = _string(parameter, value)
    if written and not is_local_path(written):
        raise _refusal("convert", parameter, value)
    return written or None


def _guid(parameter: Parameter, value: object) -> str:
    try:
        return str(uuid.UUID(value if isinstance(value, str) else ""))
    except ValueError:
        raise _refusal("convert", parameter, value) from None


def _smtp_address(parameter: Parameter, value: object) -> str | None:
    written = _string(parameter, value)
    if written and not is_smtp_address(written):
        raise _refusal("convert", parameter, value)
    return written or None


def _date_time(parameter: Parameter, value: object) -> datetime:
    """ISO 8601; a time without a zone is taken as UTC, since nothing here knows the host's."""
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise _refusal("convert", parameter, value) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _proxy_address(parameter: Parameter, value: object) -> ProxyAddress | None:
    written = _string(parameter, value)
    if not written:
        return None
    try:
        parsed = ProxyAddress.parse(written)
    except AddressError as error:
        raise _refusal(error.key, parameter, error.address) from None
    return ProxyAddress("SMTP", parsed.address) if parsed.is_smtp else parsed


def _proxy_addresses(parameter: Parameter, value: object) -> Addresses | AddressEdit:
    """A whole list, or ``@{Add = ...; Remove = ...}``."""
    try:
        if not isinstance(value, dict):
            return arranged(_proxies(value))
        edit = {str(name).lower(): _proxies(part) for name, part in value.items()}
        if not edit or edit.keys() - {"add", "remove"}:
            raise _refusal("convert", parameter, value)
        return AddressEdit(tuple(edit.get("add", [])), tuple(edit.get("remove", [])))
    except AddressError as error:
        raise _refusal(error.key, parameter, error.address) from None


def _proxies(value: object) -> list[ProxyAddress]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [ProxyAddress.parse(entry if isinstance(entry, str) else "") for entry in values]


def _templates(parameter: Parameter, value: object) -> tuple[AddressTemplate, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(_template(parameter, entry) for entry in values)


def _template(parameter: Parameter, value: object) -> AddressTemplate:
    try:
        return AddressTemplate.parse(value if isinstance(value, str) else "")
    except ValueError:
        raise ConversionError(text("template_invalid", value=value)) from None


def _priority(parameter: Parameter, value: object) -> int | str:
    """A number from 1, or ``Lowest``, which only the default policy has."""
    if isinstance(value, str) and value.strip().lower() == "lowest":
        return "Lowest"
    number = _int32(parameter, value)
    if number < 1:
        raise _refusal("convert", parameter, value)
    return number


def _credential(parameter: Parameter, value: object) -> Credential | None:
    if value is None or isinstance(value, Credential):
        return value
    raise _refusal("convert", parameter, value)


def _object(parameter: Parameter, value: object) -> object:
    return value


def _array(parameter: Parameter, value: object) -> list[object]:
    """PowerShell takes one value for an array of one."""
    element = replace(parameter, type=parameter.type.removesuffix("[]"))
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [_converter(element)(element, entry) for entry in values]


def _enumeration(parameter: Parameter, value: object) -> str | None:
    if value is None and parameter.type in _NULLABLE:
        return None
    flags = parameter.type in FLAGS
    written = ", ".join(map(str, value)) if flags and isinstance(value, list) else value
    if not isinstance(written, str) or not written:
        raise _enumeration_refusal(parameter, value)
    known = {accepted.lower(): accepted for accepted in parameter.accepted_values}
    parts = [part.strip() for part in written.split(",")] if flags else [written.strip()]
    if any(part.lower() not in known for part in parts):
        raise _enumeration_refusal(parameter, value)
    return _flags({known[part.lower()] for part in parts}, parameter)


def _enumeration_refusal(parameter: Parameter, value: object) -> ConversionError:
    return _refusal("convert_enumeration", parameter, value, accepted=", ".join(parameter.accepted_values))


def _flags(chosen: set[str], parameter: Parameter) -> str:
    """Set flags in the order of their values; the first one is zero and vanishes beside others."""
    zero = parameter.accepted_values[0]
    kept = [name for name in parameter.accepted_values if name in chosen and (name != zero or chosen == {zero})]
    return ", ".join(kept)


def _multi_valued(parameter: Parameter, value: object) -> list[object]:
    """A MultiValuedProperty; PowerShell takes one value for a list of one. The contract does not name the elements."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    kind, element, refusal = _ELEMENTS.get(parameter.name, _ANY_ELEMENT)
    converted: list[object] = []
    for entry in values:
        try:
            typed = element(entry if isinstance(entry, str) else "")
        except ValueError:
            raise ConversionError(text(refusal, value=entry, type=kind)) from None
        if typed in converted:
            raise ConversionError(text("convert_twice", value=entry))
        converted.append(typed)
    return converted


def _name(written: str) -> str:
    if not written.strip():
        raise ValueError(written)
    return written.strip()


def _server_address(written: str) -> str:
    return str(ipaddress.ip_address(written.strip()))


def _smtp_domain(written: str) -> str:
    if not is_domain(written.strip()):
        raise ValueError(written)
    return written.strip()


_ANY_ELEMENT: tuple[str, Callable[[str], object], str] = ("System.String", _name, "convert")
_ELEMENTS: dict[str, tuple[str, Callable[[str], object], str]] = {
    "ExceptionList": ("SmtpDomain", _smtp_domain, "convert"),
    "Bindings": ("IPBinding", Binding.parse, "convert"),
    "RemoteIPRanges": ("IPRange", IpRange.parse, "convert"),
    "TlsDomainCapabilities": ("SmtpReceiveDomainCapabilities", _name, "convert"),
    "AddressSpaces": ("AddressSpace", AddressSpace.parse, "convert_address_space"),
    "GenerateCopyOfDSNFor": ("SmtpAddress", _name, "convert"),
    "InternalSMTPServers": ("IPRange", _name, "convert"),
    "SupervisionTags": ("System.String", _name, "convert"),
    "TLSReceiveDomainSecureList": ("SmtpDomain", _name, "convert"),
    "TLSSendDomainSecureList": ("SmtpDomain", _name, "convert"),
    "ExternalDNSServers": ("System.Net.IPAddress", _server_address, "convert"),
    "InternalDNSServers": ("System.Net.IPAddress", _server_address, "convert"),
    "SmartHosts": ("SmartHost", parse_smart_host, "convert_smart_host"),
    "SourceTransportServers": ("ServerIdParameter", _name, "convert"),
}
_CONVERTERS: dict[str, Callable[[Parameter, object], object]] = {
    "Boolean": _boolean,
    "SwitchParameter": _boolean,
    "Int32": _int32,
    "String": _string,
    "CultureInfo": _string,
    "ADAcePresentationObject": _object,
    "X509Certificate2": _object,
    "ExtensibleMessageInfo": _object,
    "ExtensibleQueueInfo": _object,
    "MessageIdentity": _string,
    "QueueIdentity": _string,
    "QueueViewerSortOrderEntry": _string,
    "Fqdn": _domain,
    "SmtpDomainWithSubdomains": _domain,
    "Unlimited": _size,
    "ByteQuantifiedSize": _size_in_bytes,
    "EnhancedTimeSpan": _time_span,
    "Guid": _guid,
    "LocalLongFullPath": _local_path,
    "SmtpAddress": _smtp_address,
    "IPAddress": _ip_address,
    "PSCredential": _credential,
    "SecureString": _object,
    "SmtpDomain": _domain,
    "DateTime": _date_time,
    "ProxyAddress": _proxy_address,
    "ProxyAddressCollection": _proxy_addresses,
    "ProxyAddressTemplateCollection": _templates,
    "EmailAddressPolicyPriority": _priority,
    "Object": _object,
    "MultiValuedProperty": _multi_valued,
}


def _check_range(parameter: Parameter, limits: tuple[str, str], value: object) -> None:
    lowest, highest = limits
    if isinstance(value, timedelta):
        inside = parse_time_span(lowest) <= value <= parse_time_span(highest)
        shown: object = display_time_span(value)
    else:
        number = value.bytes if isinstance(value, Size) else value.number if isinstance(value, Limit) else value
        inside = not isinstance(number, int) or int(lowest) <= number <= int(highest)
        shown = number
    if not inside:
        raise RangeError(text("out_of_range", value=shown, property=parameter.name, lowest=lowest, highest=highest))
