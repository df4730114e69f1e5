"""Runs the real ansible-playbook against a lab in this process, and searches all that it leaves behind for secrets."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lab.endpoint.host import Host
from lab.up.lab import Lab

ROOT = Path(__file__).resolve().parents[2]
CALLBACKS = Path(__file__).parent / "callbacks"

MAILBOX_PASSWORD = 'Öl\'bild "Nr\\7" <&> $(x) %s Sandbank-Wetterhahn'
OLD_PASSWORD = 'Ü\'berzug "Nr\\8" <&> $(y) %d Kesselhaus-Zinkblech'
NEW_PASSWORD = 'Ä\'cker "Nr\\9" <&> $(z) %r Birkenwald-Hufeisen'
ENDPOINT_PASSWORD = 'Ö\'de "Nr\\10" <&> $(u) %c Dachpappe-Leuchtturm'
CONNECTION_PASSWORD = 'Ü\'bel "Nr\\11" <&> $(v) %x Postkutsche-Nachtigall'
FRAGMENTS = (
    "Sandbank", "Wetterhahn", "Kesselhaus", "Zinkblech", "Birkenwald", "Hufeisen",
    "Dachpappe", "Leuchtturm", "Postkutsche", "Nachtigall",
)  # fmt: skip
"""Words of the passwords that no way of escaping them changes."""
ENCODED = tuple(
    base64.b64encode(password.encode()).decode()
    for password in (MAILBOX_PASSWORD, OLD_PASSWORD, NEW_PASSWORD, ENDPOINT_PASSWORD, CONNECTION_PASSWORD)
)
"""The passwords as a login over SMTP sends them."""

WIZARDS_NAME = "Windows SBS Internet Send SBS"
"""The connector that every English SBS begins with."""


def days_ago(number: int) -> str:
    """The date so many days before today, or after it where the number is negative."""
    return str(date.today() - timedelta(days=number))


def login(username: str = "info@beispiel.de", password: str = MAILBOX_PASSWORD, **keys: Any) -> dict[str, Any]:
    """A login that is old enough."""
    return {"username": username, "password": password, "created": days_ago(300), **keys}


def smarthost(**options: Any) -> dict[str, Any]:
    """The options of the main job: everything to the provider's smart host, with login and TLS; None leaves one out."""
    desired = {
        "name": "Smarthost",
        "adopt": True,
        "address_spaces": ["*"],
        "smart_hosts": ["smtp.strato.de"],
        "port": 587,
        "smart_host_auth_mechanism": "BasicAuthRequireTLS",
        "require_tls": True,
        "login": login(),
        **options,
    }
    return {option: value for option, value in desired.items() if value is not None}


def as_variables(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the role's variables."""
    return {f"send_connector_{option}": value for option, value in options.items()}


def connectors(host: Host) -> dict[str, dict[str, Any]]:
    """The lab's send connectors by name."""
    return {each["Name"]: each for each in host.machine.dump()["send_connectors"]}


def state(host: Host) -> Any:
    """All send connectors of the lab, to the last property: two equal ones say that nothing was written."""
    return host.machine.dump()["send_connectors"]


def settings(host: Host) -> dict[str, dict[str, Any]]:
    """The send connectors by name without what no restore can bring back: GUID and dates."""
    return {
        name: {key: value for key, value in each.items() if key != "Guid" and not key.startswith("When")}
        for name, each in connectors(host).items()
    }


def writes(host: Host) -> list[str]:
    """The cmdlets that were asked to change the host, in their order."""
    return [each["command"] for each in host.machine.dump()["history"] if not each["command"].startswith("Get-")]


def nouns_in(result: dict[str, Any]) -> list[str]:
    """The nouns of a run over several that may be written."""
    return [noun for noun in result["nouns"] if noun != "preflight"]


def password_hash(password: str) -> str:
    """A password as the lab's dump shows it."""
    return sha256(password.encode()).hexdigest()


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook: exit code, all output, and the recorded results."""

    code: int
    output: str
    tasks: list[dict[str, Any]]

    def task(self, name: str | None = None, host: str | None = None) -> dict[str, Any]:
        """The record of the one task of ours with this name on this host; None: whatever it is."""
        ours = [each for each in self.tasks if each["action"].startswith("sbs.mailflow.")]
        found = [each for each in ours if name in (None, each["task"]) and host in (None, each["host"])]
        assert len(found) == 1, f"{len(found)} tasks {name!r} on {host}:\n{self.output}"
        return found[0]

    def result(self, name: str | None = None, host: str | None = None) -> dict[str, Any]:
        """That task's result; of a run over one noun what it tells of that."""
        result: dict[str, Any] = self.task(name, host)["result"]
        nouns = nouns_in(result) if "nouns" in result else []
        return {**result, **result["nouns"][nouns[0]]} if len(nouns) == 1 else result

    def statuses(self, name: str | None = None, host: str | None = None) -> list[str]:
        """What became of each step of the plan."""
        return [step["status"] for step in self.result(name, host)["steps"]]

    def recap(self, host: str = "sbs") -> dict[str, int]:
        """The recap's counters of a host."""
        line = re.search(rf"^{re.escape(host)} +: (.*)$", self.output, re.MULTILINE)
        assert line, self.output
        return {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line[1])}


class Site:
    """A controller with an inventory of one lab. Saved states go to ``backups``; a run that takes longer than
    ``patience`` (seconds) fails the test."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.backups = folder / "backup"
        self.patience = 300
        self._runs = 0

    @property
    def host(self) -> Host:
        """The only host of the lab."""
        (host,) = self.lab.hosts.values()
        return host

    def task(self, called: str = "task", **options: Any) -> dict[str, Any]:
        """One task send_connector under this name."""
        return {"name": called, "sbs.mailflow.send_connector": {"backup_dir": str(self.backups), **options}}

    def connector(self, *words: str, **options: Any) -> Run:
        """Runs one task send_connector with these options."""
        return self.play([self.task(**options)], *words)

    def play(self, tasks: Sequence[Mapping[str, Any]], *words: str, hosts: str = "sbs", **keys: Any) -> Run:
        """Runs a play of these tasks; ``keys`` are further keys of the play."""
        return self.playbook([{"hosts": hosts, "gather_facts": False, "tasks": list(tasks), **keys}], *words)

    def role(self, options: Mapping[str, Any], *words: str, **variables: Any) -> Run:
        """Runs the project's site playbook with the options, and further variables, in the inventory."""
        given = {**as_variables({"backup_dir": str(self.backups), **options}), **variables}
        return self.project("site", *words, **given)

    def roles(self, declarations: Mapping[str, Mapping[str, Any]], *words: str) -> Run:
        """Runs the project's site playbook on many hosts, each with options of its own."""
        hosts = {name: as_variables(options) for name, options in declarations.items()}
        given = as_variables({"backup_dir": str(self.backups)})
        return self.project("site", *words, hosts=hosts, **given)

    def restore(
        self, backup_file: str | Mapping[str, Any], *words: str, noun: str = "send_connector", **variables: Any
    ) -> Run:
        """Runs the project's restoring playbook of a noun with one file, or with variables of each host."""
        given = {f"{noun}_backup_dir": str(self.backups), **variables}
        hosts = None if isinstance(backup_file, str) else backup_file
        given |= {"backup_file": backup_file} if hosts is None else {}
        return self.project(f"restore_{noun}", *words, hosts=hosts, **given)

    def project(
        self,
        playbook: str,
        *words: str,
        hosts: Mapping[str, Mapping[str, Any]] | None = None,
        report: Path | None = None,
        **variables: Any,
    ) -> Run:
        """Runs a playbook of the project with these variables in the inventory, and further ones of single hosts;
        ``report`` is the page about the run."""
        told = {"SBS_MAILFLOW_REPORT": str(report)} if report else {}
        return self.run(ROOT / "playbooks" / f"{playbook}.yml", *self._inventory(variables, hosts), *words, **told)

    def begin_project(self, playbook: str, **variables: Any) -> subprocess.Popen[str]:
        """Begins to run a playbook of the project with these variables in the inventory."""
        return self.begin(ROOT / "playbooks" / f"{playbook}.yml", *self._inventory(variables))[0]

    def playbook(self, plays: Sequence[Mapping[str, Any]], *words: str, **environment: str) -> Run:
        """Runs a playbook of these plays; its passwords go into the inventory, as a site keeps them in a vault."""
        kept: list[str] = []
        playbook = self.write("playbook.yml", _without_passwords(plays, kept))
        return self.run(playbook, *self._inventory({"kept": kept}), *words, **environment)

    def write(self, name: str, content: Any) -> Path:
        """Writes a YAML file into the site's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path

    def _inventory(self, variables: Mapping[str, Any], hosts: Mapping[str, Any] | None = None) -> list[str]:
        """The lab's inventory, with further variables of all its hosts and of single ones beside it."""
        beside = self.write("inventory.yml", {"all": {"vars": dict(variables), "hosts": dict(hosts or {})}})
        return ["-i", str(self.lab.directory.inventory_file), "-i", str(beside)]

    def run(self, playbook: Path, *words: str, **environment: str) -> Run:
        """Runs ansible-playbook with the project's ansible.cfg; no secret may turn up anywhere."""
        begun, record = self.begin(playbook, *words, **environment)
        try:
            output, _ = begun.communicate(timeout=self.patience)
        except BaseException:
            begun.kill()
            begun.communicate()
            raise
        tasks = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        run = Run(begun.returncode, output, tasks)
        self._search(run, record)
        return run

    def begin(self, playbook: Path, *words: str, **environment: str) -> tuple[subprocess.Popen[str], Path]:
        """Begins to run ansible-playbook with the project's ansible.cfg; also where its results are recorded."""
        self._runs += 1
        record = self.folder / f"record-{self._runs}.jsonl"
        record.touch()
        begun = subprocess.Popen(
            [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), *words],
            cwd=self.folder,
            env={**os.environ, **_settings(record), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return begun, record

    def _search(self, run: Run, record: Path) -> None:
        """No secret and no traceback in the output, no secret in the results, the files, the lab's state and logs."""
        places = {"the output": run.output, "the results": record.read_text(encoding="utf-8")}
        kept = [path for path in self.backups.rglob("*") if path.is_file()]
        places |= {str(path): path.read_bytes().decode("utf-8", "replace") for path in kept}
        if self.lab.provider:
            places["the provider"] = json.dumps({**self.lab.provider.dump(), "stages": {}, "refused": []})
        for name, host in self.lab.hosts.items():
            places[f"the state of {name}"] = json.dumps(host.machine.dump())
            places[f"the protocol log of {name}"] = host.machine.smtp_send_log()
            # What a test has ordered stands there as well.
            places[f"the log of {name}"] = json.dumps({**host.log.as_data(), "faults": []})
        for place, text in places.items():
            found = [line for line in text.splitlines() if any(word in line for word in (*FRAGMENTS, *ENCODED))]
            assert not found, f"secrets in {place}:\n" + "\n".join(found)
        assert "Traceback (most recent call last)" not in run.output, run.output

    def saved(self) -> list[Path]:
        """The saved states, oldest first; notes of restores aside."""
        found = [path for path in self.backups.rglob("*.json") if not path.name.startswith("restored_")]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def _without_passwords(value: Any, kept: list[str]) -> Any:
    """The value with each password replaced by a template that takes it from ``kept``."""
    if isinstance(value, Mapping):
        return {key: _without_passwords(item, kept) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_passwords(item, kept) for item in value]
    if isinstance(value, str) and any(word in value for word in FRAGMENTS):
        kept.append(value)
        return f"{{{{ kept[{len(kept) - 1}] }}}}"
    return value


def _settings(record: Path) -> dict[str, str]:
    return {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder,sbs.mailflow.report",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORKS": "10",
        "E2E_RECORD": str(record),
    }


AnySite = TypeVar("AnySite", bound=Site)


@contextmanager
def site(
    folder: Path, state: Any = None, hosts: Sequence[str] = ("sbs",), kind: type[AnySite] = Site, **keys: Any
) -> Iterator[AnySite]:
    """A site with a fresh lab, whose own passwords are odd ones too."""
    folder.mkdir(parents=True, exist_ok=True)
    with Lab(list(hosts), state=state, **{"password": CONNECTION_PASSWORD, **keys}) as lab:
        yield kind(lab, folder)
        assert lab.provider is None or lab.provider.errors == []
        for host in lab.hosts.values():
            assert host.log.errors() == []
