"""A declaration or more for every setting of a send connector, and how a simulated Exchange takes and shows it."""

from __future__ import annotations

from typing import Any

from lab.exchange.organisation import Organisation
from lab.exchange.values import Credential

LOGIN = Credential("info@beispiel.de", "qJ7!Kupferdach~lab-only~9134-Vx")
SMART_HOST: dict[str, Any] = {"SmartHosts": ["smtp.strato.de"], "DNSRoutingEnabled": False}
TLS: dict[str, Any] = {"RequireTLS": True}
# What else Exchange wants to be told for a value to be taken.
COMPANY: dict[str, dict[str, Any]] = {
    "BasicAuth": {"AuthenticationCredential": LOGIN},
    "BasicAuthRequireTLS": {"AuthenticationCredential": LOGIN},
    "EncryptionOnly": TLS,
    "CertificateValidation": TLS,
    "DomainValidation": TLS | {"TlsDomain": "smtp.strato.de"},
}

# option, declaration, what Exchange has to be told beside it
DECLARATIONS: list[tuple[str, Any, dict[str, Any]]] = [
    ("enabled", False, {}),
    ("address_spaces", ["*", "beispiel.de;5"], {}),
    ("address_spaces", ["X400:c=us;2"], SMART_HOST),
    ("smart_hosts", ["smtp.strato.de", "10.0.0.1", "2001:0db8:0::1"], SMART_HOST),
    ("smart_hosts", [], {}),
    ("port", 587, {}),
    ("dns_routing_enabled", False, SMART_HOST),
    ("smart_host_auth_mechanism", "BasicAuthRequireTLS", SMART_HOST | COMPANY["BasicAuth"]),
    ("require_tls", True, {}),
    ("ignore_starttls", True, {}),
    ("tls_auth_level", "DomainValidation", SMART_HOST | COMPANY["DomainValidation"]),
    ("tls_domain", "*.strato.de", SMART_HOST | TLS | {"TlsAuthLevel": "DomainValidation"}),
    ("tls_domain", "", {}),
    ("source_transport_servers", ["SBS"], {}),
    ("source_transport_servers", ["sbs.nt4admins.local"], {}),
    ("max_message_size", "25MB", {}),
    ("max_message_size", 1048577, {}),
    ("max_message_size", "2GB", {}),
    ("max_message_size", 0, {}),
    ("max_message_size", "unlimited", {}),
    ("connection_inactivity_timeout", "00:05:00", {}),
    ("connection_inactivity_timeout", 86400, {}),
    ("smtp_max_messages_per_connection", 1, {}),
    ("fqdn", "Mail.Beispiel.de", {}),
    ("fqdn", "", {}),
    ("protocol_logging_level", "Verbose", {}),
    ("comment", "Größe “ü” – von Ansible", {}),
    ("comment", "", {}),
    ("error_policies", ["DowngradeDnsFailures", "DowngradeAuthFailures"], {}),
    ("domain_secure_enabled", True, {}),
    ("use_external_dns_servers_enabled", True, {}),
    ("is_scoped_connector", True, {}),
    ("source_ip_address", "10.0.0.7", {}),
    ("force_helo", True, {}),
]


def new(exchange: Organisation, **parameters: Any) -> dict[str, Any]:
    """A new connector as the host shows it; only what is mandatory is given beside the parameters."""
    return exchange.invoke("New-SendConnector", {"Name": "Neu", "AddressSpaces": ["*"]} | parameters)[0]
