"""Writes the inventory that leads Ansible to the lab's hosts."""

from __future__ import annotations

from typing import Any

import yaml

from lab.endpoint.accounts import Account
from lab.endpoint.host import Host


def inventory_text(hosts: list[Host], account: Account) -> str:
    """YAML inventory with the group ``sbs``: http, NTLM, message encryption, timeouts that fail quickly."""
    # A failure path of the plugin waits for one operation timeout: 2 s, not the default 20.
    variables: dict[str, Any] = {
        "ansible_connection": "winrm",
        "ansible_host": "127.0.0.1",
        "ansible_user": account.user,
        "ansible_password": account.password,
        "ansible_winrm_scheme": "http",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_message_encryption": "always",
        "ansible_winrm_operation_timeout_sec": 2,
        "ansible_winrm_read_timeout_sec": 6,
    }
    names = {host.name: {"ansible_port": host.ports.http, "lab_https_port": host.ports.https} for host in hosts}
    data = {"all": {"children": {"sbs": {"hosts": names, "vars": variables}}}}
    head = "---\n# Written by the lab; valid as long as it runs.\n"
    return head + yaml.safe_dump(data, sort_keys=False)
