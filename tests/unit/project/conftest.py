"""What the tests of the project's shell share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def own_files(root: Path) -> list[Path]:
    """The project's files and links, relative to the checkout."""
    listing = subprocess.run([root / "scripts" / "own-files"], capture_output=True, check=True).stdout
    return [Path(name) for name in listing.decode().split("\0") if name]


@pytest.fixture(scope="session")
def of_a_site() -> list[str]:
    """What whoever works in the checkout puts or leaves there: a site's declarations, secrets and results."""
    return [
        "inventory/mysite/hosts.yml",
        "inventory/mysite/group_vars/sbs/vault.yml",
        "inventory/hosts.yml",
        "inventory/example/group_vars/sbs/vault.yml",
        "playbooks/group_vars/sbs.yml",
        "playbooks/host_vars/server01/vault.yml",
        "vault.yml",
        ".vault_pass",
        "inventory/example/.mailflow/server01/send_connector_20260131T093000Z.json",
        "docs/examples/site/inventory/.mailflow/ledger.sqlite.key",
        "backup/server01/send_connector_20260131T093000Z.json",
        "backup/ledger.sqlite.key",
        "playbooks/backup/server01/queue_recovery.json",
        "report.html",
        "report/today.html",
        "switch.log",
        "mailflow.ics",
    ]
