# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which settings of a send connector exclude or require each other.

The rules are Exchange's own (Microsoft's reference, 2018-02-07), and ours where Exchange would accept what cannot work
or is not safe: port 465, a login in the clear. TLS for a BasicAuth login and the name for DomainValidation have to be
declared. exchange/rules.py says when they are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Reason
from ..exchange.rules import Rule, broken
from ..mailboxes.providers import starttls_port
from ..messages import reason_of
from ..options.values import ip_address

BASIC = ("BasicAuth", "BasicAuthRequireTLS")


def conflicts(values: Mapping[str, Any], has_login: bool, where: str) -> list[Reason]:
    """All rules that these values (option -> canonical value) break, with or without a login."""
    return broken(RULES, {**values, "login": has_login}, where)


def warnings(values: Mapping[str, Any]) -> list[str]:
    """Settings that may have no effect and are no conflict, as keys of messages.NOTICES."""
    hosts = values.get("smart_hosts") or ()
    warnings = []
    if values.get("smart_host_auth_mechanism") == "BasicAuthRequireTLS" and any(map(ip_address, hosts)):
        warnings.append("certificate_needs_name")
    if values.get("fqdn"):
        warnings.append("fqdn_unused_on_sbs")
    if values.get("domain_secure_enabled") is True and (hosts or values.get("ignore_starttls") is True):
        warnings.append("domain_secure_without_effect")
    return warnings


def _port(values: Mapping[str, Any], where: str) -> Reason | None:
    if values.get("port") != 465:
        return None
    hosts = sorted(values.get("smart_hosts") or ())
    found = [(host, port) for host in hosts if (port := starttls_port(host))]
    if found:
        return reason_of("port_465_of_provider", where, host=found[0][0], port=found[0][1])
    return reason_of("port_465", where)


def _routing(values: Mapping[str, Any], where: str) -> Reason | None:
    if values.get("smart_hosts") and values.get("dns_routing_enabled") is True:
        return reason_of("smart_hosts_with_dns_routing", where)
    if values.get("smart_hosts") == frozenset() and values.get("dns_routing_enabled") is False:
        return reason_of("neither_smart_hosts_nor_dns", where)
    return None


def _login(values: Mapping[str, Any], where: str) -> Reason | None:
    mechanism = values.get("smart_host_auth_mechanism")
    wanting = mechanism in BASIC and not values.get("login")
    return reason_of("basic_without_login", where, mechanism=mechanism) if wanting else None


def _clear_text(values: Mapping[str, Any], where: str) -> Reason | None:
    if values.get("smart_host_auth_mechanism") != "BasicAuth" or values.get("require_tls") is True:
        return None
    hosts = values.get("smart_hosts") or ()
    return None if hosts and all(map(is_loopback, hosts)) else reason_of("basic_in_clear", where)


def _require_tls(values: Mapping[str, Any], where: str) -> Reason | None:
    secure = values.get("require_tls") is True or values.get("smart_host_auth_mechanism") == "BasicAuthRequireTLS"
    if secure and values.get("ignore_starttls") is True:
        return reason_of("tls_without_starttls", where)
    return None


def _force_helo(values: Mapping[str, Any], where: str) -> Reason | None:
    needs_ehlo = values.get("require_tls") is True or values.get("smart_host_auth_mechanism") in BASIC
    return reason_of("helo_without_extensions", where) if values.get("force_helo") is True and needs_ehlo else None


def _tls_auth_level(values: Mapping[str, Any], where: str) -> Reason | None:
    if not values.get("tls_auth_level"):
        return None
    if values.get("ignore_starttls") is True or values.get("require_tls") is False:
        return reason_of("tls_auth_level_without_tls", where, level=values["tls_auth_level"])
    return None


def _tls_domain(values: Mapping[str, Any], where: str) -> Reason | None:
    level, domain = values.get("tls_auth_level"), values.get("tls_domain")
    if level == "DomainValidation" and not domain and values.get("smart_hosts"):
        return reason_of("domain_validation_without_domain", where)
    if domain and "tls_auth_level" in values and level != "DomainValidation":
        return reason_of("tls_domain_unused", where, domain=domain)
    return None


def is_loopback(host: str) -> bool:
    """Whether a smart host is the server itself."""
    address = ip_address(host)
    return address.is_loopback if address else host == "localhost"


RULES: tuple[Rule, ...] = (
    _port,
    _routing,
    _login,
    _clear_text,
    _require_tls,
    _force_helo,
    _tls_auth_level,
    _tls_domain,
)
