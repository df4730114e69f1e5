"""``Get-TaskList``: scheduled tasks by patterns of their name or of what they run."""

from __future__ import annotations

import re
from fnmatch import translate

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given
from lab.twin.parameters import as_list


def get_task_list(agent: Agent, given: Given) -> Output:
    """``Get-TaskList``."""
    patterns = [re.compile(translate(str(name)), re.IGNORECASE) for name in as_list(given["Names"])]
    pop3 = agent.machine.pop3
    with pop3.lock:
        tasks = [] if pop3.tasks.fails else pop3.tasks.all()
    return [
        {"Name": task.name, "Command": task.command, "Enabled": task.enabled}
        for task in tasks
        if any(one.match(text) for one in patterns for text in (task.name, task.command, task.arguments))
    ]
