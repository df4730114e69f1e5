"""Where a connector leads, as a queue has it."""

from __future__ import annotations

from lab.exchange.queues.queue import DNS, SMART_HOST, Queue
from lab.exchange.send_connector import SendConnector


def leads_to(queue: Queue, connector: SendConnector) -> bool:
    """Whether the queue's mail goes where the connector leads now."""
    return queue.next_hop_connector == connector.Guid and queue.next_hop_domain == next_hop(connector)


def next_hop(connector: SendConnector) -> str:
    """The list of smart hosts; where mail goes by DNS a real server has a queue for each domain, the lab has one."""
    return ",".join(connector.SmartHosts) if delivery_type(connector) == SMART_HOST else "*"


def delivery_type(connector: SendConnector) -> str:
    """As Get-Queue shows it."""
    return DNS if connector.DNSRoutingEnabled or not connector.SmartHosts else SMART_HOST
