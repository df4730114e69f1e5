"""``Get-ServiceList``: services by patterns of their names."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Final

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import as_list

_SHOWN: Final = ("Name", "DisplayName", "Status", "StartMode")


def get_service_list(agent: Agent, given: Given) -> Output:
    """``Get-ServiceList``."""
    patterns = [re.compile(translate(str(name)), re.IGNORECASE) for name in as_list(given["Names"])]
    pop3 = agent.machine.pop3
    with pop3.lock:
        services = [service.shown() for service in pop3.services.all()]
    return [
        {key: service[key] for key in _SHOWN}
        for service in services
        if any(one.match(service[key]) for one in patterns for key in ("Name", "DisplayName"))
    ]
