"""What the queues ask of their server, and the assumptions for what nobody knows of a real one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from lab.exchange.queues.queue import Session
from lab.exchange.resolver import Resolve
from lab.exchange.send_connector import SendConnector
from lab.exchange.transport_server import TransportServer


class Dialer(Protocol):
    """Opens sessions with smart hosts; ``lab.exchange.dialer.SmtpDialer`` is one."""

    def open(self, connector: SendConnector) -> Session:
        """An open session. Raises ConnectionFailed or NotSimulated."""


@dataclass
class Server:
    """What the engine asks of its server; ``connectors``, ``settings`` and recipients are read anew each time.

    ``runs``: whether the transport service does. ``pressure``: back pressure, Normal, Medium or High.
    """

    name: str
    fqdn: str
    connectors: Callable[[], Sequence[SendConnector]]
    settings: Callable[[], TransportServer]
    now: Callable[[], datetime]
    dialer: Callable[[], Dialer]
    resolve: Resolve
    runs: Callable[[], bool] = lambda: True
    pressure: Callable[[], str] = lambda: "Normal"


@dataclass
class Assumptions:
    """What nobody knows of a real server, or what a test wants to happen.

    ``raise_helps_queued``: whether a raised MessageExpirationTimeout helps mail that is queued already (unknown).
    ``suspended_expire``: whether what is suspended expires (not documented). ``suspended_delay_notice``: whether a
    sender hears of the delay of what is suspended, or in a suspended queue (not documented; assumed as for expiry); if
    not, he hears of it once it is resumed. ``seconds_per_message``: how long one attempt keeps its connection
    (assumed). ``glitch_count`` and ``glitch_seconds``: QueueGlitchRetryCount and QueueGlitchRetryInterval of
    EdgeTransport.exe.config. ``restart_renumbers`` and ``restart_keeps_suspended``: whether a restart of the transport
    service gives queues and messages other identities, and whether what is suspended stays so (neither is documented).
    ``back_pressure``: the disk is full, no mail is accepted. ``settings_delay_seconds``: how long new sessions go by
    the connectors as they were before a cmdlet changed them.
    """

    raise_helps_queued: bool = False
    suspended_expire: bool = True
    suspended_delay_notice: bool = True
    seconds_per_message: float = 0.2
    glitch_count: int = 4
    glitch_seconds: float = 60.0
    restart_renumbers: bool = False
    restart_keeps_suspended: bool = True
    back_pressure: bool = False
    settings_delay_seconds: float = 0.0

    def change(self, wish: object) -> None:
        """Set assumptions by name: all or, with ValueError, none."""
        if not isinstance(wish, dict) or set(wish) - set(asdict(self)):
            raise ValueError(f"delivery: a mapping with some of {sorted(asdict(self))} is expected")
        for name, value in wish.items():
            known = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
            if not (isinstance(value, bool) if isinstance(known, bool) else number):
                kind = "neither true nor false" if isinstance(known, bool) else "no number from 0 upwards"
                raise ValueError(f"delivery: {name}: {value!r} is {kind}")
        for name, value in wish.items():
            setattr(self, name, value)
