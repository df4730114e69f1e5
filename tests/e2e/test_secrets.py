"""No password in any output, result, saved state or log, whatever happens.

Every run of every test here is searched (``Site.run``); these tests make it hard: they let the host and the network say
the passwords aloud, and look at further places.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from .running import (
    CONNECTION_PASSWORD,
    ENDPOINT_PASSWORD,
    FRAGMENTS,
    MAILBOX_PASSWORD,
    NEW_PASSWORD,
    ROOT,
    Run,
    Site,
    connectors,
    login,
    password_hash,
    site,
    smarthost,
    writes,
)

ENDPOINT = {"exchange_connection": "endpoint", "exchange_login": {"username": "a", "password": ENDPOINT_PASSWORD}}
LOOSE = "aGVsbG8= ''\\\"quoted\\\"\\t{}[]%(x)s $HOME `id` <b>&amp; \u00e9\u0301 \u2603 Sandbank-Wetterhahn"


def test_the_search_finds_a_password(sbs: Site) -> None:
    # Against a search that looks at nothing: a play that prints a password must be found out.
    task = {"name": "shown", "ansible.builtin.debug": {"msg": "{{ word }}"}}
    with pytest.raises(AssertionError, match="secrets in the output"):
        sbs.play([task], vars={"word": MAILBOX_PASSWORD})


@pytest.mark.parametrize("words", [[], ["-vvvv"], ["-vvvv", "--diff"], ["-vvvv", "--check", "--diff"]])
def test_a_change_shows_no_password(sbs: Site, words: list[str]) -> None:
    assert sbs.role(smarthost(update_password="always"), *words).recap()["changed"] == 1


@pytest.mark.parametrize(
    "password",
    [MAILBOX_PASSWORD, LOOSE, "Sandbank " * 200, "Sandbank\\", "'Sandbank"],
    ids=["odd", "odder", "long", "backslash", "quote"],
)
def test_any_password_arrives_as_it_is(sbs: Site, password: str) -> None:
    run = sbs.connector("-vvvv", "--diff", **smarthost(name=None, login=login(password=password)))
    assert run.recap()["changed"] == 1, run.output
    (connector,) = connectors(sbs.host).values()
    assert connector["AuthenticationCredential"]["password_sha256"] == password_hash(password)


def test_a_vault_text_is_taken_and_kept(sbs: Site) -> None:
    key = sbs.folder / "key"
    key.write_text("the vault's own password\n", encoding="utf-8")
    encrypted = subprocess.run(
        ["ansible-vault", "encrypt_string", "--vault-password-file", str(key), "--stdin-name", "vault_password"],
        input=MAILBOX_PASSWORD,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
    ).stdout
    (sbs.folder / "vault.yml").write_text(encrypted, encoding="utf-8")
    words = ["-e", f"@{sbs.folder / 'vault.yml'}", "--vault-password-file", str(key)]
    assert sbs.role(smarthost(login=login(password="{{ vault_password }}")), "-vvvv", *words).recap()["changed"] == 1
    (connector,) = connectors(sbs.host).values()
    assert connector["AuthenticationCredential"]["password_sha256"] == password_hash(MAILBOX_PASSWORD)


ALOUD = f"Ung\u00fcltig: {MAILBOX_PASSWORD}, {ENDPOINT_PASSWORD} und {CONNECTION_PASSWORD}."
NO_REPLY = {"kind": "cut_reply", "at": 0}
BANNER = {"kind": "garbage", "text": f"{ALOUD}\r\n"}
STDERR = {"kind": "stderr", "text": f"{ALOUD}\r\n"}
FAULT = {"kind": "soap_fault", "message": ALOUD}
REPEATED: dict[str, list[dict[str, Any]]] = {
    "a-failing-step": [{"kind": "fail_cmdlet", "cmdlet": "Set-SendConnector", "message": ALOUD}],
    "a-failing-reading": [{"kind": "fail_cmdlet", "cmdlet": "Get-SendConnector", "message": ALOUD}],
    "a-failing-reading-back": [{"kind": "fail_cmdlet", "cmdlet": "Get-SendConnector", "message": ALOUD, "after": 1}],
    "a-banner-and-no-reply": [{**BANNER, "count": 0}, {**NO_REPLY, "count": 0}],
    "no-reply-after-the-plan": [{**BANNER, "nth": 2}, {**NO_REPLY, "nth": 2}],
    "stderr-and-no-reply": [{**STDERR, "count": 0}, {**NO_REPLY, "count": 0}],
    "a-fault": [{**FAULT, "action": "Command", "count": 0}],
    "a-fault-once": [{**FAULT, "action": "Command"}],
    "a-fault-at-first": [{**FAULT, "action": "Create"}],
    "a-fault-while-the-plan-runs": [{**FAULT, "action": "Receive", "command": 2}],
}
"""Where the host's words are part of a message. (A fault on input is repeated by Ansible's own plugin, before us.)"""


@pytest.fixture(scope="module")
def aloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A host for each row, which says all passwords aloud."""
    account = {"username": "a", "password": ENDPOINT_PASSWORD}
    wizards = {"Name": "Internet", "AddressSpaces": ["*"]}
    talkative = {"profile": "sbs2011", "endpoint_account": account, "send_connectors": [wizards]}
    with site(tmp_path_factory.mktemp("aloud"), talkative, hosts=list(REPEATED)) as many:
        for name, faults in REPEATED.items():
            for fault in faults:
                many.lab.order_fault(name, fault)
        yield many.connector("-vvvv", **smarthost(**ENDPOINT))


@pytest.mark.parametrize("name", REPEATED)
def test_a_host_that_says_the_passwords_aloud_is_repeated_without_them(aloud: Run, name: str) -> None:
    result = aloud.result(host=name)
    assert "Ungültig: ********, ********" in "\n".join([result.get("msg", ""), *result.get("warnings", [])])


@pytest.mark.parametrize("fault", [BANNER, STDERR], ids=["stdout", "stderr"])
def test_what_comes_beside_the_reply_is_not_repeated_at_all(sbs: Site, fault: dict[str, Any]) -> None:
    sbs.lab.order_fault("sbs", {**fault, "count": 0})
    run = sbs.connector("-vvvv", **smarthost())
    assert run.recap()["changed"] == 1 and "Ungültig" not in run.output


def test_nothing_but_the_decoder_is_on_a_command_line(sbs: Site) -> None:
    sbs.connector(**smarthost())
    sbs.connector(**smarthost(login=login("neu@beispiel.de", NEW_PASSWORD)))
    assert len({command.command_line for command in sbs.host.log.commands()}) == 1


def test_neither_ansibles_log_nor_its_json_shows_a_password(sbs: Site) -> None:
    log = sbs.folder / "ansible.log"
    environment = {"ANSIBLE_LOG_PATH": str(log), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_LOG_VERBOSITY": "4"}
    task = sbs.task(**smarthost())
    shown = {"name": "shown", "ansible.builtin.debug": {"var": "tried"}}
    plays = [{"hosts": "sbs", "gather_facts": False, "tasks": [{**task, "register": "tried"}, shown]}]
    run = sbs.playbook(plays, "-vvvv", "--diff", **environment)
    assert run.recap()["changed"] == 1 and "smtp.strato.de" in log.read_text(encoding="utf-8")
    assert [word for word in FRAGMENTS if word in log.read_text(encoding="utf-8")] == []


def test_no_file_but_the_saved_state_is_left_on_the_controller(sbs: Site) -> None:
    plays = [{"hosts": "sbs", "gather_facts": False, "tasks": [sbs.task(**smarthost())]}]
    # Not in the test's own folder: Ansible has a socket there, whose path must be short.
    with TemporaryDirectory() as temporary:
        sbs.playbook(plays, TMPDIR=temporary, ANSIBLE_LOCAL_TEMP=temporary)
        assert [path for path in Path(temporary).rglob("*") if path.is_file()] == []
    assert [path.parent for path in sbs.saved()] == [sbs.backups / "sbs"]


def test_no_log_hides_the_whole_result_and_the_work_is_done(sbs: Site) -> None:
    run = sbs.play([{**sbs.task(**smarthost()), "no_log": True}], "-vvvv")
    assert run.recap()["changed"] == 1 and "smtp.strato.de" not in run.output
    assert writes(sbs.host) == ["Set-SendConnector"]


def test_a_password_where_a_login_belongs_is_not_repeated(sbs: Site) -> None:
    tasks = [
        sbs.task("login", **smarthost(login=MAILBOX_PASSWORD)),
        sbs.task("exchange_login", **smarthost(exchange_connection="endpoint", exchange_login=MAILBOX_PASSWORD)),
    ]
    run = sbs.play([{**task, "ignore_errors": True} for task in tasks], "-vvvv")
    assert run.recap()["ignored"] == 2 and writes(sbs.host) == []


SOURCES: dict[str, dict[str, Any]] = {
    "a-template": {"ansible_password": "{{ halves[0] ~ halves[1] }}"},
    "winrm-pass": {"ansible_winrm_pass": "{{ halves | join }}"},
    "winrm-password": {"ansible_winrm_password": CONNECTION_PASSWORD},
    "a-file": {},
}
DESIRED = {"adopt": True, "address_spaces": ["*"]}


def test_the_password_of_the_connection_comes_from_anywhere_and_is_never_repeated(tmp_path: Path) -> None:
    """A host repeats it in an error, and in what a process says that ends at once."""
    said = f"Ung\u00fcltig:\r\n{CONNECTION_PASSWORD} \u202e\x1b[2J."
    with site(tmp_path / "site", "sbs2011", hosts=list(SOURCES)) as many:
        for host in many.lab.hosts:
            many.lab.order_fault(host, {"kind": "fail_cmdlet", "cmdlet": "Get-SendConnector", "message": said})
            for fault in ({"kind": "exit"}, {"kind": "stderr", "text": said}):
                many.lab.order_fault(host, {**fault, "nth": 2, "count": 0})
        inventory = yaml.safe_load(many.lab.directory.inventory_file.read_text(encoding="utf-8"))
        del inventory["all"]["children"]["lab"]["vars"]["ansible_password"]
        halves = {"halves": [CONNECTION_PASSWORD[:9], CONNECTION_PASSWORD[9:]]}
        files = {"lab.yml": inventory, "beside.yml": {"all": {"vars": halves, "hosts": SOURCES}}}
        words = [word for name, content in files.items() for word in ("-i", str(many.write(name, content)))]
        key = tmp_path / "key"
        key.write_text(CONNECTION_PASSWORD, encoding="utf-8")
        tasks = [{**many.task(name, **DESIRED), "ignore_errors": True} for name in ("said", "died")]
        play = many.write("play.yml", [{"hosts": "lab", "gather_facts": False, "tasks": tasks}])
        run = many.run(play, *words, "-vvvv", "--connection-password-file", str(key))
    for host in SOURCES:
        for name, before in (("said", "Get-SendConnector failed: "), ("died", "its output begins '")):
            assert f"{before}Ung\u00fcltig: ******** \\u202e\\u001b[2J." in run.result(name, host)["msg"], run.output
    assert not set("\u202e\x1b") & set(run.output)


IN_CLEAR: dict[str, dict[str, Any]] = {
    "basic": {"ansible_winrm_transport": "basic"},
    "never": {"ansible_winrm_message_encryption": "{{ 'ne' ~ 'ver' }}"},
}


def test_nothing_is_sent_that_others_could_read(tmp_path: Path) -> None:
    with site(tmp_path / "site", "sbs2011", hosts=list(IN_CLEAR)) as many:
        beside = many.write("beside.yml", {"all": {"hosts": IN_CLEAR}})
        tasks = [{**many.task("a", **DESIRED), "ignore_errors": True}]
        play = many.write("play.yml", [{"hosts": "lab", "gather_facts": False, "tasks": tasks}])
        run = many.run(play, "-i", str(many.lab.directory.inventory_file), "-i", str(beside), "-vvvv")
        for host in IN_CLEAR:
            assert "in clear text" in run.result("a", host)["msg"]
            assert many.lab.hosts[host].log.count("Create") == 0 and many.lab.hosts[host].log.entries() == []
