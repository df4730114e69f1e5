"""One POP3 connection to the simulated provider: RFC 1939, with the extensions of RFC 2449, 2595 and 3206."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from lab.provider import texts
from lab.provider.judgement import Judgement
from lab.provider.maildrops import NotNow, StoredMessage
from lab.provider.pop3_stream import Gone, Stream
from lab.provider.records import Handled, Pop3Login, Refused
from lab.provider.settings import Mailbox, ProviderSettings

_BEFORE_LOGIN: Final = ("CAPA", "STLS", "USER", "PASS", "APOP", "QUIT")
_AFTER_LOGIN: Final = ("CAPA", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET", "NOOP", "QUIT")


class Pop3Session:
    """``talk`` is the whole conversation; ``tls``: from its first byte (as on port 995)."""

    def __init__(self, provider: Judgement, tls: bool) -> None:
        self._provider = provider
        self._implicit = tls
        self._stream: Stream
        self._stamp = f"<{secrets.token_hex(8)}@{provider.settings.pop3_names[0]}>"
        self._user = ""
        self._login: str | None = None
        self._messages: dict[int, StoredMessage] = {}
        self._deleted: set[int] = set()
        self._over = False
        self._commands: dict[str, Callable[[str], str | bytes]] = {
            "CAPA": self._capa,
            "STLS": self._stls,
            "USER": self._user_name,
            "PASS": self._pass,
            "APOP": self._apop,
            "STAT": self._stat,
            "LIST": self._list,
            "UIDL": self._uidl,
            "RETR": self._retr,
            "TOP": self._top,
            "DELE": self._dele,
            "RSET": self._rset,
            "NOOP": lambda _: "+OK",
            "QUIT": self._quit,
        }

    async def talk(self, stream: Stream) -> None:
        """Until one of both has had enough; what goes wrong in here is kept among the provider's errors."""
        self._stream = stream
        try:
            await self._converse()
        except Gone:
            raise
        except Exception as error:
            self._provider.errors.append(error)
        finally:
            if self._login:
                self._provider.maildrops.close(self._login)

    async def _converse(self) -> None:
        if reply := await self._ordered("connect"):
            self._say(reply)
            return
        if self._implicit:
            await self._stream.start_tls(self._provider.pop3_tls_context)
        refused = await self._ordered("greeting")
        self._say(refused or f"+OK A simulated provider {self._stamp if self._settings.pop3_apop else 'ready'}")
        self._over = refused is not None
        while not self._over:
            await self._answer((await self._stream.line()).decode("utf-8", "replace"))

    async def _answer(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        command = verb.upper()
        if refusal := self._misplaced(command) or await self._ordered(command.lower()):
            self._over = command == "QUIT"  # RFC 1939, section 6: it closes, whatever it could not delete
            self._say(refusal)
            return
        answer = self._commands[command](argument)
        self._say(answer)
        if command == "STLS" and answer == "+OK":
            await self._stream.start_tls(self._provider.pop3_tls_context)

    def _misplaced(self, command: str) -> str | None:
        if command not in self._commands or (command == "APOP" and not self._settings.pop3_apop):
            return texts.UNKNOWN_COMMAND
        return None if command in (_AFTER_LOGIN if self._login else _BEFORE_LOGIN) else texts.WRONG_STATE

    async def _ordered(self, stage: str) -> str | None:
        """Do what the setting ``pop3_stages`` says; the reply that it wants, None where it says nothing."""
        action = self._settings.pop3_stages.get(stage)
        if action == "close":
            raise Gone
        if action == "hang":
            await self._stream.gone()
        if action is not None:
            self._keep_refusal(stage, action)
        return action

    # -- before the login -------------------------------------------------------------------------------------------

    def _capa(self, argument: str) -> bytes:
        offers = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING"]
        if self._may_log_in:
            offers.append("USER")
        if self._settings.pop3_stls and not self._stream.tls and not self._login:
            offers.append("STLS")
        if self._settings.pop3_min_poll_minutes:
            offers.append(f"LOGIN-DELAY {60 * self._settings.pop3_min_poll_minutes}")
        return _multi_line("+OK", offers)

    def _stls(self, argument: str) -> str:
        if self._stream.tls or not self._settings.pop3_stls:
            return texts.WRONG_STATE
        self._user = ""
        return "+OK"

    def _user_name(self, argument: str) -> str:
        """Never tells whether there is such a mailbox."""
        if not self._may_log_in:
            return self._settings.said(texts.TLS_NEEDED)
        self._user = argument
        return "+OK" if argument else texts.NO_ARGUMENT

    def _pass(self, argument: str) -> str:
        """The whole rest of the line is the password, blanks too (RFC 1939, section 7)."""
        if not self._user:
            return texts.WRONG_STATE
        user, self._user = self._user, ""
        return self._log_in(user, lambda box: box.password == argument)

    def _apop(self, argument: str) -> str:
        user, _, digest = argument.rpartition(" ")
        return self._log_in(user, lambda box: _digest(self._stamp + box.password) == digest)

    def _log_in(self, user: str, is_right: Callable[[Mailbox], bool]) -> str:
        box = self._settings.mailbox(user)
        try:
            if box is None or not self._settings.takes_pop3(box) or not is_right(box):
                raise NotNow(texts.POP3_LOGIN_REFUSED)
            pause = timedelta(minutes=self._settings.pop3_min_poll_minutes)
            opened = self._provider.maildrops.open(box.address, self._provider.clock.now(), pause)
        except NotNow as refused:
            reply = self._settings.said(str(refused))
            self._keep_login(box, reply)
            return reply
        self._keep_login(box, "taken")
        self._login, self._messages = box.address, dict(enumerate(opened, 1))
        return f"+OK {len(opened)} messages"

    @property
    def _may_log_in(self) -> bool:
        return self._stream.tls or self._settings.pop3_without_tls

    # -- after it ---------------------------------------------------------------------------------------------------

    def _stat(self, argument: str) -> str:
        left = self._left()
        return f"+OK {len(left)} {sum(stored.octets for stored in left.values())}"

    def _list(self, argument: str) -> str | bytes:
        return self._listing(argument, lambda stored: str(stored.octets))

    def _uidl(self, argument: str) -> str | bytes:
        return self._listing(argument, lambda stored: stored.uid)

    def _listing(self, argument: str, told: Callable[[StoredMessage], str]) -> str | bytes:
        if not argument:
            return _multi_line("+OK", [f"{number} {told(stored)}" for number, stored in self._left().items()])
        found = self._find(argument)
        return f"+OK {argument} {told(found)}" if found else texts.NO_SUCH_MESSAGE

    def _retr(self, argument: str) -> str | bytes:
        found = self._find(argument)
        if found is None:
            return texts.NO_SUCH_MESSAGE
        self._keep_handled("fetched", found)
        return _stuffed(f"+OK {found.octets} octets", found.content())

    def _top(self, argument: str) -> str | bytes:
        number, _, count = argument.partition(" ")
        found = self._find(number)
        if found is None:
            return texts.NO_SUCH_MESSAGE
        if not re.fullmatch("[0-9]{1,9}", count):
            return texts.NO_ARGUMENT
        head, blank, body = found.content().partition(b"\r\n\r\n")
        return _stuffed("+OK", head + blank + b"".join(body.splitlines(keepends=True)[: int(count)]))

    def _dele(self, argument: str) -> str:
        if self._find(argument) is None:
            return texts.NO_SUCH_MESSAGE
        self._deleted.add(int(argument))
        return "+OK"

    def _rset(self, argument: str) -> str:
        self._deleted.clear()
        return "+OK"

    def _quit(self, argument: str) -> str:
        """The only place where anything is deleted: the UPDATE state of RFC 1939, section 6."""
        self._over = True
        if self._login:
            gone = [self._messages[number] for number in sorted(self._deleted)]
            self._provider.maildrops.remove(self._login, {stored.uid for stored in gone})
            for stored in gone:
                self._keep_handled("deleted", stored)
        return "+OK Bye"

    def _left(self) -> dict[int, StoredMessage]:
        return {number: stored for number, stored in self._messages.items() if number not in self._deleted}

    def _find(self, argument: str) -> StoredMessage | None:
        return self._left().get(int(argument)) if re.fullmatch("[0-9]{1,9}", argument) else None

    # -- words and records ------------------------------------------------------------------------------------------

    @property
    def _settings(self) -> ProviderSettings:
        return self._provider.settings

    def _say(self, answer: str | bytes) -> None:
        self._stream.send(answer if isinstance(answer, bytes) else f"{answer}\r\n".encode())

    def _keep_refusal(self, stage: str, reply: str) -> None:
        box = self._settings.mailbox(self._login or self._user)
        if stage in ("pass", "apop"):
            self._keep_login(box, reply)
            return
        login = box.address if box else None
        self._provider.records.add(Refused(self._provider.clock.now(), f"pop3 {stage}", reply, login))

    def _keep_login(self, box: Mailbox | None, result: str) -> None:
        """Whatever is kept has the mailbox's own spelling, and of no mailbox nothing: it may be a password."""
        now, login = self._provider.clock.now(), box.address if box else None
        self._provider.records.add(Pop3Login(now, login, self._stream.tls, result))

    def _keep_handled(self, what: str, stored: StoredMessage) -> None:
        now, message = self._provider.clock.now(), stored.message
        record = Handled(now, self._login or "", what, stored.uid, message.subject, stored.octets)
        self._provider.records.add(record)


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _multi_line(first: str, lines: Iterable[str]) -> bytes:
    return _stuffed(first, "".join(f"{line}\r\n" for line in lines).encode())


def _stuffed(first: str, content: bytes) -> bytes:
    """An answer of several lines; those that begin with a dot get another one (RFC 1939, section 3)."""
    return f"{first}\r\n".encode() + re.sub(rb"(?m)^\.", b"..", content) + b".\r\n"
