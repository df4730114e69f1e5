"""The TLS of a provider: its versions, suites, group and certificates."""

from __future__ import annotations

import ssl
from typing import Final

import trustme

from lab.endpoint.certificates import Certificates
from lab.exchange.schannel import offer
from lab.provider.settings import ProviderSettings
from lab.provider.values import SettingsError

_KEYS: Final = {"ecdsa": trustme.KeyType.ECDSA, "rsa": trustme.KeyType.RSA}
_AT_LEVEL_0: Final = ":@SECLEVEL=0"
_NOTHING_IN_COMMON: Final = ("UNSUPPORTED_PROTOCOL", "NO_SHARED_CIPHER", "NO_SUITABLE_KEY_SHARE")


def smtp_context(settings: ProviderSettings, certificates: Certificates) -> ssl.SSLContext:
    """For STARTTLS. Raises SettingsError."""
    return _context(settings, certificates, "certificate_names", settings.certificate_names, settings.tls_versions)


def pop3_context(settings: ProviderSettings, certificates: Certificates) -> ssl.SSLContext:
    """For both ports of POP3. Raises SettingsError."""
    versions = ("1.3",) if settings.pop3_tls13_only else settings.tls_versions
    return _context(settings, certificates, "pop3_certificate_names", settings.pop3_names, versions)


def _context(
    settings: ProviderSettings, certificates: Certificates, name: str, names: tuple[str, ...], versions: tuple[str, ...]
) -> ssl.SSLContext:
    first, *others = settings.certificate_keys
    try:
        context = certificates.issue(*names, key_type=_KEYS[first])
        for key in others:
            certificates.leaf(*names, key_type=_KEYS[key]).configure_cert(context)
    except ValueError as error:
        raise SettingsError(f"{name}: {list(names)}: {error}") from error
    offer(context, versions)
    _restrict(context, settings, min(versions) < "1.2")
    context.sslobject_class = _Alerting
    return context


def _restrict(context: ssl.SSLContext, settings: ProviderSettings, is_old: bool) -> None:
    if settings.suites is not None or is_old:
        try:
            context.set_ciphers((settings.suites or "DEFAULT") + (_AT_LEVEL_0 if is_old else ""))
        except ssl.SSLError as error:
            raise SettingsError(f"suites: {settings.suites!r}: {error}") from error
    for group in settings.tls_groups or ():
        try:
            context.set_ecdh_curve(group)
        except ValueError as error:
            raise SettingsError(f"tls_groups: {group!r}: {error}") from error


class _Alerting(ssl.SSLObject):
    """A side that says why it likes nothing that it is offered. asyncio hangs up without the alert that waits then."""

    _failed: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """As ever; but then it first wants to read, so that asyncio sends the alert. The client hangs up for it."""
        if self._failed:
            raise self._failed
        try:
            super().do_handshake()
        except ssl.SSLError as error:
            if error.reason not in _NOTHING_IN_COMMON:
                raise
            self._failed = error
            raise ssl.SSLWantReadError from error
