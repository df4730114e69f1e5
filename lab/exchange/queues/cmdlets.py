"""Get-, Suspend-, Resume- and Retry-Queue, Get-, Suspend-, Resume- and Remove-Message, over the queues of this server.

Text forms are those of exchange objects in 2010 as far as public pages show them; the texts of errors are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lab.exchange import errors
from lab.exchange.directory_object import wire_time
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.opath import FilterError, Getter
from lab.exchange.queues.engine import QueueEngine
from lab.exchange.queues.filters import parse_queue_filter
from lab.exchange.queues.queue import Queue, QueuedMessage
from lab.exchange.texts import text
from lab.exchange.values import Limit, Size

_USUAL: Final = 1000
_PAGING: Final = ("BookmarkIndex", "BookmarkObject", "IncludeBookmark", "ReturnPageInfo", "SearchForward")
_NOT_SIMULATED: Final = (*_PAGING, "IncludeComponentLatencyInfo")
_SOURCE: Final = "FromLocal"
_NO_ADDRESS: Final = "255.255.255.255"  # what mail from this server's own mailboxes shows


class QueueCmdlets:
    """The cmdlets take typed parameters, as ``binding.bind`` gives them."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers, engine: QueueEngine) -> None:
        self._host = host
        self._servers = servers
        self._engine = engine
        self._of_queues: dict[str, Getter] = {
            "DeliveryType": lambda queue: queue.delivery_type,
            "Identity": self._name,
            "LastError": lambda queue: queue.last_error,
            "LastRetryTime": lambda queue: queue.last_retry,
            "MessageCount": lambda queue: len(queue.messages),
            "NextHopConnector": lambda queue: queue.next_hop_connector,
            "NextHopDomain": _next_hop,
            "NextRetryTime": lambda queue: queue.next_retry,
            "Status": lambda queue: queue.status,
        }
        self._of_messages: dict[str, Getter] = {
            "DateReceived": lambda message: message.received,
            "ExpirationTime": engine.expiry_of,
            "FromAddress": _sender,
            "Identity": self._identity,
            "InternetMessageId": lambda message: message.message_id,
            "LastError": _last_error,
            "MessageSourceName": lambda message: _SOURCE,
            "Queue": lambda message: self._name(message.queue),
            "RetryCount": lambda message: message.retries,
            "SCL": lambda message: -1,
            "Size": lambda message: message.mail.size,
            "SourceIP": lambda message: _NO_ADDRESS,
            "Status": lambda message: message.status,
            "Subject": lambda message: message.mail.subject,
        }

    @property
    def by_name(self) -> dict[str, Callable[[dict[str, object]], Output]]:
        """All of them."""
        return {
            "Get-Queue": self.get_queue,
            "Get-Message": self.get_message,
            "Suspend-Queue": lambda typed: self._do_queues("Suspend-Queue", typed, self._engine.suspend_queue),
            "Resume-Queue": lambda typed: self._do_queues("Resume-Queue", typed, self._engine.resume_queue),
            "Retry-Queue": self.retry_queue,
            "Suspend-Message": lambda typed: self._do("Suspend-Message", typed, self._engine.suspend_message),
            "Resume-Message": lambda typed: self._do("Resume-Message", typed, self._engine.resume_message),
            "Remove-Message": self.remove_message,
        }

    def get_queue(self, typed: dict[str, object]) -> Output:
        """Get-Queue."""
        self._refuse_others("Get-Queue", typed)
        chosen = self._queues("Get-Queue", typed)
        return [self._show_queue(queue) for queue in self._page("Get-Queue", typed, chosen, self._of_queues)]

    def get_message(self, typed: dict[str, object]) -> Output:
        """Get-Message."""
        self._refuse_others("Get-Message", typed)
        chosen: Iterable[QueuedMessage]
        if isinstance(queue := typed.get("Queue"), str):
            chosen = self._queue("Get-Message", queue).messages.values()
        else:
            chosen = self._messages("Get-Message", typed)
        page = self._page("Get-Message", typed, chosen, self._of_messages)
        with_recipients = bool(typed.get("IncludeRecipientInfo"))
        return [self._show_message(message, with_recipients) for message in page]

    def retry_queue(self, typed: dict[str, object]) -> Output:
        """Retry-Queue: a queue in Retry, with Resubmit also Unreachable; an Identity that is neither is refused."""
        resubmit = bool(typed.get("Resubmit"))
        chosen = self._queues("Retry-Queue", typed)
        fitting = [q for q in chosen if q.status == "Retry" or (resubmit and q.name == "Unreachable")]
        if "Identity" in typed and not fitting:
            raise self._host.error("Retry-Queue", "queue_not_in_retry", errors.LOCALIZED, identity=typed["Identity"])
        if not typed.get("WhatIf"):
            for queue in fitting:
                self._engine.retry_queue(queue, resubmit)
        return []

    def remove_message(self, typed: dict[str, object]) -> Output:
        """Remove-Message; the sender hears of it unless WithNDR is $false."""
        with_report = bool(typed.get("WithNDR", True))
        return self._do("Remove-Message", typed, lambda message: self._engine.remove_message(message, with_report))

    # -- which --------------------------------------------------------------------------------------------------------

    def _do_queues(self, command: str, typed: dict[str, object], act: Callable[[Queue], None]) -> Output:
        for queue in self._queues(command, typed):
            if not typed.get("WhatIf"):
                act(queue)
        return []

    def _do(self, command: str, typed: dict[str, object], act: Callable[[QueuedMessage], None]) -> Output:
        for message in list(self._messages(command, typed)):
            if not typed.get("WhatIf"):
                act(message)
        return []

    def _queues(self, command: str, typed: Mapping[str, object]) -> list[Queue]:
        if isinstance(identity := typed.get("Identity"), str):
            return [self._queue(command, identity)]
        here = self._engine.all_queues() if self._is_here(command, typed) else []
        return list(filter(self._filter(command, typed, self._of_queues), here))

    def _messages(self, command: str, typed: Mapping[str, object]) -> Iterable[QueuedMessage]:
        if isinstance(identity := typed.get("Identity"), str):
            return [self._message(command, identity)]
        here = self._engine.messages.values() if self._is_here(command, typed) else ()
        return filter(self._filter(command, typed, self._of_messages), here)

    def _queue(self, command: str, identity: str) -> Queue:
        name = self._local(identity.split("\\"))
        found = [queue for queue in self._engine.all_queues() if [queue.name.lower()] == name]
        if not found:
            raise self._host.error(command, "queue_not_found", errors.LOCALIZED, identity=identity)
        return found[0]

    def _message(self, command: str, identity: str) -> QueuedMessage:
        """``SERVER\\queue\\number``, without the server or without the queue, too."""
        *queue, number = self._local(identity.split("\\"))
        found = self._engine.messages.get(int(number)) if number.isdigit() else None
        if found is None or (queue and queue != [found.queue.name.lower()]):
            raise self._host.error(command, "message_not_found", errors.LOCALIZED, identity=identity)
        return found

    def _local(self, parts: Sequence[str]) -> list[str]:
        lowered = [part.strip().lower() for part in parts]
        return lowered[1:] if len(lowered) > 1 and lowered[0] == self._engine.server.name.lower() else lowered

    def _is_here(self, command: str, typed: Mapping[str, object]) -> bool:
        """Whether this server is meant; the queues of others are not simulated and hold nothing."""
        if not isinstance(server := typed.get("Server"), str):
            return True
        hub = self._servers.hub(server)
        if hub is None:
            raise self._host.error(command, "server_not_found", errors.LOCALIZED, server=server)
        return hub.name == self._engine.server.name

    def _filter(
        self, command: str, typed: Mapping[str, object], properties: Mapping[str, Getter]
    ) -> Callable[[Any], bool]:
        written = typed.get("Filter")
        if not isinstance(written, str):
            return lambda thing: True
        try:
            matches = parse_queue_filter(written, properties)
            return lambda thing: self._matches(command, matches, thing)
        except FilterError as error:
            raise self._bad_filter(command, error) from None

    def _matches(self, command: str, matches: Callable[[Any], bool], thing: object) -> bool:
        """A value that its property does not take shows when it is compared."""
        try:
            return matches(thing)
        except FilterError as error:
            raise self._bad_filter(command, error) from None

    def _bad_filter(self, command: str, error: FilterError) -> errors.CmdletError:
        return self._host.error(command, "filter_unreadable", errors.LOCALIZED, part=error)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _refuse_others(self, command: str, typed: Mapping[str, object]) -> None:
        for name in _NOT_SIMULATED:
            if typed.get(name) is not None:
                raise self._host.error(command, "parameter_not_simulated", errors.LOCALIZED, parameter=name)

    def _page(
        self, command: str, typed: Mapping[str, object], chosen: Iterable[Any], properties: Mapping[str, Getter]
    ) -> list[Any]:
        """Sorted, and no more than asked for; 1,000 where nothing is said, with a warning that there are more."""
        found = list(chosen)
        order = typed.get("SortOrder")
        for entry in reversed(order if isinstance(order, list) else []):
            name = next((name for name in properties if name.lower() == entry.lstrip("+-").lower()), None)
            if name is None:
                raise self._bad_filter(command, FilterError(entry))
            found.sort(key=lambda thing: _sortable(properties[name](thing)), reverse=entry.startswith("-"))
        size = typed.get("ResultSize", Limit(_USUAL))
        most = size.number if isinstance(size, Limit) else None
        if most is not None and len(found) > most:
            self._host.warnings.append(text("more_results").render(self._host.language))
            return found[:most]
        return found

    def _show_queue(self, queue: Queue) -> dict[str, object]:
        shown = {name: _plain(get(queue)) for name, get in self._of_queues.items()}
        return {**shown, "IsValid": True}

    def _show_message(self, message: QueuedMessage, with_recipients: bool) -> dict[str, object]:
        shown = {name: _plain(get(message)) for name, get in self._of_messages.items()}
        shown["Size"] = Size(message.mail.size).display(self._host.language)
        return {**shown, "IsValid": True, "Recipients": list(message.recipients) if with_recipients else []}

    def _name(self, queue: Queue) -> str:
        return f"{self._engine.server.name}\\{queue.name}"

    def _identity(self, message: QueuedMessage) -> str:
        return f"{self._name(message.queue)}\\{message.number}"


def _next_hop(queue: Queue) -> str:
    """What the persistent queues show is their own name."""
    return queue.name if queue.persistent else queue.next_hop_domain


def _sender(message: QueuedMessage) -> str:
    return message.mail.sender or "<>"


def _last_error(message: QueuedMessage) -> str | None:
    return message.last_error


def _sortable(value: object) -> tuple[bool, Any]:
    return (value is not None, value.lower() if isinstance(value, str) else value)


def _plain(value: object) -> object:
    return wire_time(value) if isinstance(value, datetime) else value
