"""One SMTP connection to the simulated provider: aiosmtpd's protocol with this provider's rules."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import datetime
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, TLSSetupException
from aiosmtpd.smtp import Session as Peer

from lab.provider import texts
from lab.provider.judgement import Judgement
from lab.provider.records import Accepted, LoggedIn
from lab.provider.server import ClientConnection
from lab.provider.settings import MECHANISMS, ProviderSettings

_SIZE: Final = 104857600  # Strato's (MailKit issues 162 and 1745)
_LINE: Final = 12288  # the longest line of a login, RFC 4954 section 4.5
_BRINGING: Final = 2.0  # seconds; a host that delivers to itself may be busy with that
_NULL_SENDER: Final = "<>"  # as aiosmtpd gives it
_MESSAGE_ID: Final = re.compile(rb"^message-id:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)

# It logs lines that it does not recognise, and such a line may be half a login.
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)


class SmtpSession(SMTP):
    """``opened`` holds the connections that are open; the server cuts them when it ends."""

    line_length_limit = _LINE
    AuthLoginUsernameChallenge, AuthLoginPasswordChallenge = texts.LOGIN_CHALLENGES

    def __init__(self, provider: Judgement, opened: set[ClientConnection]) -> None:
        self.provider = provider
        self._opened = opened
        self._taken: list[datetime] = []
        self._taken_by = ""
        settings = provider.settings
        super().__init__(
            _Rules(provider),
            data_size_limit=_SIZE,
            hostname=settings.certificate_names[0],
            ident="ESMTP (a simulated provider)",
            tls_context=provider.tls_context if settings.starttls else None,
            auth_required=True,
            auth_exclude_mechanism=[name for name in MECHANISMS if name not in settings.auth],
            authenticator=_authenticate,
            loop=asyncio.get_running_loop(),
        )
        # Not as a parameter: aiosmtpd warns of a login in the clear, which is what this setting is for.
        self._auth_require_tls = not settings.auth_without_tls
        self.command_size_limits["AUTH"] = _LINE

    @property
    def settings(self) -> ProviderSettings:
        """The provider's settings as they are now."""
        return self.provider.settings

    @property
    def login(self) -> str | None:
        """The mailbox that has logged in."""
        return self.session.auth_data if self.session else None

    def abort(self) -> None:
        """Cut the connection."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def refuse(self, stage: str, reply: str, sender: str | None = None, recipient: str | None = None) -> str:
        """Keep a refusal in the records; returns its reply."""
        return self.provider.refuse(stage, reply, self.login, sender, recipient)

    async def ordered(self, stage: str) -> str | None:
        """Do what the setting ``stages`` says; returns the reply that it wants, None where it says nothing.

        Where it wants the connection closed or silent, this ends the connection's task.
        """
        action = self.settings.stages.get(stage)
        if action == "close" and self.transport:
            self.transport.close()
        if action in ("close", "hang"):
            await asyncio.Event().wait()  # until the connection is gone, which cancels this
        return None if action is None else self.refuse(stage, action).replace("\n", "\r\n")

    # -- the allowance of a transaction -----------------------------------------------------------------------------

    def take(self, account: str, limit: int) -> bool:
        """Count one recipient; whether the account may still send."""
        now, attempts_count = self.provider.clock.now(), self.settings.attempts_count
        allowed = self.provider.allowance.take(account, limit, now, attempts_count)
        if allowed and not attempts_count:
            self._taken.append(now)
            self._taken_by = account
        return allowed

    def keep_taken(self) -> None:
        """The transaction has become a mail: what it took stays counted."""
        self._taken.clear()

    def _give_back(self) -> None:
        for moment in self._taken:
            self.provider.allowance.give_back(self._taken_by, moment)
        self._taken.clear()

    # -- aiosmtpd's own ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._opened.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._opened.discard(self)
        self._give_back()
        super().connection_lost(error)

    def _set_post_data_state(self) -> None:
        self._give_back()
        super()._set_post_data_state()  # type: ignore[no-untyped-call]

    async def _handle_client(self) -> None:
        if reply := await self.ordered("connect"):
            await self.push(reply)
            if self.transport:
                self.transport.close()
            return
        await super()._handle_client()

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._answered("ehlo"):
            await super().smtp_HELO(hostname)

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._answered("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._answered("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._answered("auth"):
            mechanism, space, rest = (arg or "").partition(" ")
            await super().smtp_AUTH(mechanism.upper() + space + rest)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self._answered("mail"):
            return
        if self.envelope and self.envelope.mail_from:
            await self.push(self.refuse("mail", self.settings.said(texts.NESTED_MAIL)))
            return
        await super().smtp_MAIL(arg)

    async def _answered(self, stage: str) -> bool:
        reply = await self.ordered(stage)
        if reply:
            await self.push(reply)
            if reply.startswith("421") and self.transport:
                self.transport.close()  # RFC 5321: the service closes the channel with it
        return reply is not None


def _authenticate(server: SMTP, peer: Peer, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    """aiosmtpd's question whether a login is right."""
    assert isinstance(server, SmtpSession) and isinstance(given, LoginPassword)
    address = given.login.decode("utf-8", "replace")
    box = server.settings.mailbox(address)
    if box and server.settings.takes_login(address, given.password.decode("utf-8", "replace")):
        # Whatever is kept of the login has the mailbox's own spelling, and no password.
        server.provider.records.add(LoggedIn(server.provider.clock.now(), box.address, peer.ssl is not None))
        return AuthResult(success=True, auth_data=box.address)
    reply = server.provider.refuse("auth", server.settings.said(texts.LOGIN_REFUSED), box.address if box else None)
    return AuthResult(success=False, handled=False, message=reply)


def message_id(content: bytes) -> str | None:
    """What the header Message-ID says, by which a mail that was sent twice is known; None without one."""
    found = _MESSAGE_ID.search(content.partition(b"\r\n\r\n")[0])
    return found[1].decode("ascii", "replace") if found else None


async def _bring(provider: Judgement, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
    """The mail is where it goes before its client hears that it was taken, unless that client holds it up himself."""
    loop = asyncio.get_running_loop()
    brought = loop.run_in_executor(None, provider.postman.bring, sender, recipients, content)
    await asyncio.wait({brought}, timeout=_BRINGING)
    if brought.done() and (error := brought.exception()):
        provider.errors.append(error)


class _Rules:
    """aiosmtpd's hooks: what the provider says after aiosmtpd found nothing wrong with a command."""

    def __init__(self, provider: Judgement) -> None:
        self._provider = provider

    async def handle_EHLO(
        self, server: SmtpSession, peer: Peer, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Our own list of keywords: aiosmtpd offers HELP, and AUTH even without any mechanism."""
        peer.host_name = hostname
        name, *keywords = [response[4:] for response in responses]
        kept = [word for word in keywords if word not in ("HELP", "AUTH ")]
        lines = [name, *kept, "ENHANCEDSTATUSCODES", "PIPELINING"]
        return [f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines]

    async def handle_MAIL(
        self, server: SmtpSession, peer: Peer, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Some providers judge the sender here already."""
        sender, provider = "" if address == _NULL_SENDER else address, server.provider
        refused = provider.refusal_of(server.login or "", sender)
        if refused and server.settings.senders_judged_at == "mail":
            return server.refuse("mail", refused, sender)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SmtpSession, peer: Peer, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Senders and limits are judged here, as Strato and Postfix do."""
        sender = "" if envelope.mail_from == _NULL_SENDER else str(envelope.mail_from)
        if reply := await server.ordered("rcpt"):
            return reply
        if reply := server.provider.judge(server.login, sender, address, server.take):
            return server.refuse("rcpt", reply, sender, address)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SmtpSession, peer: Peer, envelope: Envelope) -> str:
        """The mail is here; what is ordered for this stage happens before it is taken."""
        if reply := await server.ordered("data"):
            return reply
        server.keep_taken()
        sender = "" if envelope.mail_from == _NULL_SENDER else str(envelope.mail_from)
        content, tls, now = envelope.original_content or b"", peer.ssl is not None, server.provider.clock.now()
        taken = (now, server.login or "", sender, tuple(envelope.rcpt_tos), len(content), tls, message_id(content))
        server.provider.records.add(Accepted(*taken))
        await _bring(server.provider, sender, tuple(envelope.rcpt_tos), content)
        return server.settings.said(texts.ACCEPTED)

    async def handle_exception(self, error: Exception) -> str:
        """A client that does not like the certificate ends the handshake; anything else is a bug of ours."""
        if not isinstance(error, TLSSetupException):
            self._provider.errors.append(error)
        return texts.TROUBLE
