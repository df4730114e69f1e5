"""A strict provider of real servers: Postfix with TLS 1.2, Dovecot's logins, the policy's share an hour.

Every way in which a provider refuses that needs another setting is a port of the one Postfix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import trustme
from trustme import LeafCert as Leaf

from lab.host.clock import Clock

from .dovecot import Dovecot, User
from .policy import Policy, PolicyServer
from .postfix import Postfix
from .processes import open_folder

HERE: Final = "voll.example"
"""A domain whose mailboxes are at the provider itself; every other is elsewhere."""
THERE: Final = "chef@voll.example"
UNLISTENED: Final = "inet:127.0.0.1:1"
SUBMISSION: Final = {"submission": ()}
SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    **SUBMISSION,
    "judges at MAIL": ("smtpd_delay_reject = no",),
    "too much mail": ("smtpd_client_message_rate_limit = 1",),
    "too many recipients": ("smtpd_client_recipient_rate_limit = 1",),
    "too many connections": ("smtpd_client_connection_rate_limit = 1",),
    "too many logins": ("smtpd_client_auth_rate_limit = 1",),
    "too many TLS sessions": ("smtpd_client_new_tls_session_rate_limit = 1",),
    "one recipient a message": ("smtpd_recipient_limit = 1",),
    "the first error is the last": ("smtpd_soft_error_limit = 1", "smtpd_hard_error_limit = 1"),
    "disk full": ("queue_minfree = 9000000000000000",),
    "small mail only": ("message_size_limit = 100",),
    "no mail of that kind": ("cleanup_service_name = strict",),
    "another name": ("smtpd_tls_cert_file = {another name}", "smtpd_tls_key_file = {another name.key}"),
    "a stranger": ("smtpd_tls_cert_file = {a stranger}", "smtpd_tls_key_file = {a stranger.key}"),
    "expired": ("smtpd_tls_cert_file = {expired}", "smtpd_tls_key_file = {expired.key}"),
    "no certificate": ("smtpd_tls_cert_file = /dev/null",),
    "TLS 1.3 only": ("smtpd_tls_protocols = >=TLSv1.3",),
    "no TLS": ("smtpd_tls_security_level = none",),
    "no logins": ("smtpd_sasl_auth_enable = no",),
    "PLAIN alone": ("smtpd_sasl_mechanism_filter = plain",),
    "no login server": (f"smtpd_sasl_path = {UNLISTENED}",),
    "no login database": ("smtpd_sasl_path = inet:127.0.0.1:{no database}",),
    "no policy": (
        f"smtpd_recipient_restrictions = check_policy_service {UNLISTENED}",
        "smtpd_policy_service_try_limit = 1",
    ),
    "no table": ("virtual_mailbox_maps = texthash:/nonexistent/table",),
    "not this client": ("smtpd_client_restrictions = reject",),
}
"""A Postfix of every kind, as settings that differ from the strict one's; in braces a file or a port."""
_STRICT_CLEANUP: Final = "strict unix n - n - 0 cleanup\n  -o header_checks=regexp:{}\n"
_TLS: Final = {
    "smtpd_tls_security_level": "may",
    "smtpd_tls_auth_only": "yes",
    "smtpd_tls_protocols": ">=TLSv1.2",
    "smtpd_tls_loglevel": "1",
    # A session that is taken up again shows no certificate, and all services here would take up each other's.
    "tls_ssl_options": "NO_TICKET",
}
_RULES: Final = {
    "smtpd_sasl_auth_enable": "yes",
    "smtpd_sasl_type": "dovecot",
    "smtpd_sasl_security_options": "noanonymous",
    "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
    "smtpd_sender_restrictions": "reject_sender_login_mismatch",
    "smtpd_reject_unlisted_recipient": "yes",
    "virtual_mailbox_domains": HERE,
    "virtual_mailbox_maps": f"inline:{{ {{ {THERE} = 1 }} }}",
    # The loopback is a client like any other: by default Postfix would leave it alone.
    "mynetworks": "192.0.2.1",
    "smtpd_client_event_limit_exceptions": "",
    # The first connection to each port is that of the start; on a busy machine the next may come minutes later.
    "anvil_rate_time_unit": "600s",
    "smtpd_error_sleep_time": "0",
    "service_throttle_time": "1s",
    "notify_classes": "",
}


@dataclass
class RealProvider:
    """The servers, started, and what a test asks of them."""

    postfix: Postfix
    dovecot: Dovecot
    policy: Policy

    def port(self, service: str = "submission") -> int:
        """Where one of Postfix's services listens."""
        return self.postfix.ports[service]


def birth(days: float) -> datetime:
    """The moment so many days ago."""
    return datetime.now(UTC) - timedelta(days=days)


def slug(name: str) -> str:
    """A name without what servers' configurations do not take in a path."""
    return name.replace(" ", "-")


def leaves(
    issue: Callable[..., Leaf], names: tuple[str, ...] = ("localhost", "127.0.0.1", "127.0.0.2")
) -> dict[str, Leaf]:
    """A certificate of an authority that is good, and one of each kind that is not."""
    past = {"not_before": datetime(2020, 1, 1, tzinfo=UTC), "not_after": datetime(2021, 1, 1, tzinfo=UTC)}
    rsa = {"key_type": trustme.KeyType.RSA}
    return {
        "good": issue(*names, **rsa),
        "another name": issue("smtp.beispiel.example", **rsa),
        "a stranger": trustme.CA().issue_cert(*names, **rsa),
        "expired": issue(*names, **past, **rsa),
    }


def leaf_files(folder: Path, name: str, leaf: Leaf) -> dict[str, Path]:
    """A certificate and, as ``NAME.key``, its key, as files."""
    certificate, key = folder / f"{slug(name)}.pem", folder / f"{slug(name)}.key"
    certificate.write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(str(key))
    return {name: certificate, f"{name}.key": key}


@contextmanager
def real_provider(
    certificates: Mapping[str, Leaf],
    users: Mapping[str, User],
    services: Mapping[str, tuple[str, ...]] = SUBMISSION,
    **shares: int,
) -> Iterator[RealProvider]:
    """Started; each of the users may send as himself alone."""
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder("sbs-real-"))
        policy = Policy(Clock(), **shares)
        server = PolicyServer(policy)
        stack.callback(server.close)
        files: dict[str, Path] = {}
        for name, leaf in certificates.items():
            files |= leaf_files(folder, name, leaf)
        own = files["good"], files["good.key"]
        dovecot = stack.enter_context(Dovecot(folder / "dovecot", users, *own))
        filled: dict[str, object] = dict(files)
        if "no login database" in services:
            empty = stack.enter_context(Dovecot(folder / "no-database", users, *own))
            empty.database_gone()
            filled["no database"] = empty.ports["sasl"]
        settings = _settings(dovecot.ports["sasl"], server.port, users, *own)
        made = {name: tuple(_filled(each, filled) for each in others) for name, others in services.items()}
        checks = folder / "checks"
        checks.write_text("/^Subject:/ REJECT\n", encoding="utf-8")
        strict = _STRICT_CLEANUP.format(checks)
        postfix = stack.enter_context(Postfix(folder / "postfix", settings, made, strict))
        yield RealProvider(postfix, dovecot, policy)
        assert policy.errors == []


def _filled(setting: str, files: Mapping[str, object]) -> str:
    for name, value in files.items():
        setting = setting.replace(f"{{{name}}}", str(value))
    return setting


def _settings(sasl: int, policy: int, users: Mapping[str, User], certificate: Path, key: Path) -> dict[str, str]:
    asked = f"check_policy_service inet:127.0.0.1:{policy}"
    owners = " ".join(f"{{ {address} = {address} }}" for address in users)
    return {
        **_TLS,
        **_RULES,
        "smtpd_tls_cert_file": str(certificate),
        "smtpd_tls_key_file": str(key),
        "smtpd_sasl_path": f"inet:127.0.0.1:{sasl}",
        "smtpd_sender_login_maps": f"inline:{{ {owners} }}",
        "smtpd_recipient_restrictions": asked,
        "smtpd_end_of_data_restrictions": asked,
    }
