"""What a provider's sessions ask of it: its settings now, whom it lets in and what it takes, what it keeps of that."""

from __future__ import annotations

from collections.abc import Callable

from lab.endpoint.certificates import Certificates
from lab.host.clock import Clock
from lab.provider import texts
from lab.provider.allowance import Allowance
from lab.provider.maildrops import Maildrops
from lab.provider.postman import Postman
from lab.provider.records import Records, Refused
from lab.provider.settings import read_settings
from lab.provider.tls import pop3_context, smtp_context


class Judgement:
    """``records`` tells what happened, ``errors`` holds what went wrong inside the simulation itself.

    ``clock`` is one that others share; a time in ``data`` wins over it. Raises SettingsError for wrong ``data``.
    """

    def __init__(self, data: object, certificates: Certificates, clock: Clock | None = None) -> None:
        self.settings = read_settings(data)
        self._shared = clock or Clock()
        self.clock = self._own_clock()
        self.allowance = Allowance()
        self.maildrops = Maildrops()
        self.records = Records()
        self.postman = Postman(lambda: self.settings, lambda: self.clock.now(), self.maildrops, self.records)
        self.errors: list[BaseException] = []
        self._certificates = certificates
        self.tls_context = smtp_context(self.settings, certificates)
        self.pop3_tls_context = pop3_context(self.settings, certificates)

    def judge(self, login: str | None, sender: str, recipient: str, take: Callable[[str, int], bool]) -> str | None:
        """The refusal of a recipient by the sender's address, the rate or its own; None where it is taken.

        ``take`` counts one against an account and its limit, and says whether it is within.
        """
        box = self.settings.mailbox(login or "")
        if box is None:
            return texts.LOGIN_NEEDED  # the mailbox is gone since it logged in
        if self.settings.senders_judged_at == "rcpt" and (refused := self.refusal_of(box.address, sender)):
            return refused
        allowed = take(box.address, self.settings.limit_of(box, self.clock.now()))
        self.records.judged(allowed)
        if not allowed:
            return self.settings.said(texts.THROTTLED, recipient=recipient)
        if self.settings.is_full(recipient):
            return self.settings.said(texts.FULL, recipient=recipient)
        if self.settings.takes_recipient(recipient):
            return None
        return self.settings.said(texts.NO_SUCH_RECIPIENT, recipient=recipient)

    def refusal_of(self, login: str, sender: str) -> str | None:
        """What is said of a sender's address; None where it is taken."""
        if self.settings.owns(sender) and self.settings.takes_sender(sender):
            return None
        text = texts.SENDER_REFUSED if self.settings.owns(sender) else texts.NOT_OWNED
        return self.settings.said(text, sender=sender, login=login)

    def refuse(
        self, stage: str, reply: str, login: str | None, sender: str | None = None, recipient: str | None = None
    ) -> str:
        """Keep a refusal in the records; returns its reply."""
        self.records.add(Refused(self.clock.now(), stage, reply, login, sender, recipient))
        return reply

    def _own_clock(self) -> Clock:
        return Clock(self.settings.clock) if self.settings.clock else self._shared
