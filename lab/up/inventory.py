"""Writes the inventory that leads Ansible to the lab's hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from lab.endpoint.accounts import Account
from lab.endpoint.host import Host

_GROUP: Final = "sbs"


def inventory_text(
    hosts: list[Host],
    account: Account,
    dns_port: int,
    provider_ports: Mapping[str, int] | None = None,
    receive_ports: Mapping[str, int] | None = None,
) -> str:
    """YAML inventory of the group ``lab``: http, NTLM, message encryption, timeouts that fail quickly.

    ``sbs`` names all hosts in any case: the group of that name, or the only host. (Ansible warns where a group and a
    host share a name.) A preflight asks the lab's DNS server, at ``dns_port``. ``provider_ports``: by name, if the lab
    has a provider; ``smtp`` becomes ``lab_smtp_port``. ``receive_ports``: by host, where its Exchange takes mail.
    """
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
        # pywinrm would lead even 127.0.0.1 through the proxy of the environment.
        "ansible_winrm_proxy": None,
        "preflight_resolver": "127.0.0.1",
        "preflight_resolver_port": dns_port,
    }
    variables |= {f"lab_{name}_port": port for name, port in (provider_ports or {}).items()}
    ports = {host.name: {"ansible_port": host.ports.http, "lab_https_port": host.ports.https} for host in hosts}
    for name, port in (receive_ports or {}).items():
        ports[name]["lab_receive_port"] = port
    members: dict[str, Any] = {"hosts": ports} if _GROUP in ports else {"children": {_GROUP: {"hosts": ports}}}
    data = {"all": {"children": {"lab": {**members, "vars": variables}}}}
    head = "---\n# Written by the lab; valid as long as it runs.\n"
    return head + yaml.safe_dump(data, sort_keys=False)
