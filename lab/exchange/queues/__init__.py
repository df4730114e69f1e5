"""The queues of one simulated transport server: mail that waits, retries, expires and bounces as Exchange 2010's does.

``message`` and ``queue`` are what there is, ``next_hop`` which is whose, ``engine`` what happens and ``schedule`` when,
``ledger`` what is kept of it, ``server`` what it asks of its surroundings, ``running`` how time passes; ``filters``
and ``cmdlets`` what an administrator sees and does, ``tracking`` what is told of it afterwards.
"""

from lab.exchange.queues.engine import QueueEngine
from lab.exchange.queues.message import Mail
from lab.exchange.queues.queue import QueuedMessage
from lab.exchange.queues.running import run
from lab.exchange.queues.server import Assumptions, Server

__all__ = ["Assumptions", "Mail", "QueueEngine", "QueuedMessage", "Server", "run"]
