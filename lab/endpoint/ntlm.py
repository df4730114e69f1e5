"""The acceptor's side of NTLM: a member of a domain, as its challenge says (MS-NLMP 2.2.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import spnego
from spnego._context import GSSMech
from spnego._ntlm import NTLMProxy
from spnego._ntlm_raw.messages import AvId, Challenge, FileTime, NegotiateFlags, TargetInfo, Version

if TYPE_CHECKING:
    from lab.endpoint.accounts import Account

_MAGIC: Final = b"NTLMSSP\x00"
_WINDOWS_2008_R2: Final = Version(6, 1, 7601)


class Acceptor(NTLMProxy):
    """pyspnego's acceptor, whose challenge would else name the machine on which the lab runs.

    A client that knows no domain may take the challenge's: its response is then made with that.
    """

    def __init__(self, domain: Account, computer: str) -> None:
        super().__init__(usage="accept", options=spnego.NegotiateOptions.use_ntlm)
        self._domain = domain
        self._computer = computer

    def _step_accept_negotiate(self, token: bytes) -> bytes:
        plain = Challenge.unpack(super()._step_accept_negotiate(token))
        flags = plain.flags & ~NegotiateFlags.target_type_server | NegotiateFlags.target_type_domain
        self._temp_challenge = Challenge(
            flags,
            plain.server_challenge,
            target_name=self._domain.domain,
            target_info=self._target_info(),
            version=_WINDOWS_2008_R2 if flags & NegotiateFlags.version else None,
        )
        return self._temp_challenge.pack()

    def _target_info(self) -> TargetInfo:
        info = TargetInfo()
        info[AvId.nb_domain_name] = self._domain.domain
        info[AvId.nb_computer_name] = self._computer.upper()
        info[AvId.dns_domain_name] = self._domain.dns_domain
        info[AvId.dns_computer_name] = f"{self._computer.lower()}.{self._domain.dns_domain}"
        info[AvId.dns_tree_name] = self._domain.dns_domain
        info[AvId.timestamp] = FileTime.now()
        return info


def acceptor(token: bytes, domain: Account, computer: str) -> spnego.ContextProxy:
    """For a first token: pywinrm sends raw NTLM under Negotiate, pypsrp SPNEGO; neither needs GSSAPI here."""
    ntlm = Acceptor(domain, computer)
    if token.startswith(_MAGIC):
        return ntlm
    ntlm._is_wrapped = True
    return spnego.server(
        protocol="negotiate",
        options=spnego.NegotiateOptions.use_negotiate,
        _negotiate_contexts={GSSMech.ntlm: ntlm},
    )
