"""The accounts of the POP3 connector, from the inventory to the host's file, over real WinRM and real POP3: what
happened is asked of the lab, which reads its file as the connector would."""

from __future__ import annotations

import base64
import poplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.pop3 import places
from lab.pop3.profiles import mailbox_guid

from .running import ENDPOINT_PASSWORD, MAILBOX_PASSWORD, NEW_PASSWORD, OLD_PASSWORD, Run, Site, password_hash, site

INFO, SALES, SHOP = "info@beispiel.de", "verkauf@beispiel.de", "shop@beispiel.de"
ANNA, PAUL = "anna@nt4admins.local", "paul@nt4admins.local"
CLEAR = {"confirm_clear_text": True}
MESSAGES = [{"subject": "Anfrage"}, {"subject": "Bestellung", "size": 5000}]
RECIPIENTS = [{"Name": "Anna Schmidt", "Alias": "anna"}, {"Name": "Paul Kurz", "Alias": "paul"}]
ONE_LIKE_THE_OTHER = {"named_marker", "strange_blocks"}
"""Profiles whose only account cannot be told from the file's head: it takes two to see where one begins."""


def mapped(ssl_key: str, ssl_texts: str, logon_key: str, basic: str, mailbox_key: str, *rest: str) -> dict[str, Any]:
    """A key map; ``ssl_texts`` are those of true and false. An administrator has learnt it on the host."""
    yes, no = ssl_texts.split("/")
    guids = {address: mailbox_guid(address) for address in (ANNA, PAUL)} if "Guid" in mailbox_key else None
    return {
        "mailbox": {"key": mailbox_key, **({"values": guids} if guids else {})},
        "ssl": {"key": ssl_key, "values": {"true": yes, "false": no}},
        "logon": {"key": logon_key, "values": {"basic": basic}},
        "copy_as_is": list(rest),
    }


MAPS = {
    "plain": mapped("UseSsl", "True/False", "LogonType", "Basic", "Mailbox"),
    "named_marker": mapped("Ssl", "1/0", "Authentication", "0", "Target", "Pop3Account"),
    "utf8_bom": mapped(
        "SecureConnection", "true/false", "LogonMethod", "basic", "MailboxGuid", "AccountId", "LastResult"
    ),
    "utf16": mapped("SSL", "Yes/No", "Logon", "LogonBasic", "UserGuid"),
    "unended": mapped("EnableSsl", "True/False", "AuthType", "1", "Recipient"),
    "strange_blocks": mapped("Encrypted", "-1/0", "SignIn", "Clear", "DeliverTo", "Pop3Account", "LastRun"),
    "utf16_records": mapped("SslEnabled", "1/0", "LogonKind", "Basic", "EmailAddress", "Pop3Account", "State"),
}


def box(address: str, password: str, **keys: Any) -> dict[str, Any]:
    """A mailbox at the provider."""
    return {"address": address, "password": password, "created": "2020-01-01", "messages": MESSAGES, **keys}


def on_host(username: str, password: str, mailbox: str = ANNA, **keys: Any) -> dict[str, Any]:
    """An account that the SBS console has made."""
    return {"server": "localhost", "port": 995, "username": username, "password": password, "mailbox": mailbox, **keys}


@contextmanager
def pop3_site(folder: Path, profile: str = "plain", *accounts: dict[str, Any], **keys: Any) -> Iterator[Site]:
    """A host whose connector has these accounts, by default one that the desired knows with an older password."""
    present = accounts or (on_host(INFO, OLD_PASSWORD),)
    provider = {"mailboxes": [box(INFO, MAILBOX_PASSWORD), box(SALES, NEW_PASSWORD), box(SHOP, OLD_PASSWORD)]}
    connector = {"profile": profile, "accounts": list(present), "mailboxes": [ANNA, PAUL]}
    state = {"pop3_connector": connector, "provider": provider, "recipients": RECIPIENTS}
    with site(folder, state, **keys) as found:
        yield found


def declared(address: str, password: str, found: Site, **keys: Any) -> dict[str, Any]:
    """A declared account at the lab's provider."""
    account = {"server": "localhost", "port": 995, "username": address, "password": password, "mailbox": ANNA}
    return {**account, "ssl": True, "logon": "basic", **keys}


def at_provider(found: Site, account: Mapping[str, Any]) -> dict[str, Any]:
    """The account at the port on which the lab's provider really listens."""
    assert found.lab.provider is not None
    return {**account, "port": found.lab.provider.ports["pop3"]}


def run(found: Site, accounts: list[dict[str, Any]], *words: str, **options: Any) -> Run:
    """One task pop3_connector with these accounts."""
    places = {"backup_dir": str(found.backups), "ledger": str(found.folder / "ledger.sqlite")}
    task = {"name": "accounts", "sbs.mailflow.pop3_connector": {"accounts": accounts, **places, **options}}
    return found.play([task], *words)


def refusal(found: Site, accounts: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    """The result of a task that fails."""
    failed = run(found, accounts, **options)
    assert failed.recap()["failed"] == 1, failed.output
    return failed.result()


def connector(found: Site) -> Any:
    """The connector as the lab sees it."""
    return found.host.machine.dump()["pop3_connector"]


def passwords(found: Site) -> dict[str, str]:
    """The accounts' passwords as hashes, by user name."""
    return {each["username"]: each["password_sha256"] for each in connector(found)["accounts"]}


def trouble(found: Site, **changes: Any) -> None:
    """Change the host behind Ansible's back."""
    found.host.machine.change({"pop3_connector": changes})


def waits(found: Site) -> int:
    """How many messages the provider still has of the mailbox that tests aim anew; whatever a run did."""
    assert found.lab.provider is not None and found.lab.provider.records.pop3_messages == []
    return len(found.lab.provider.maildrops.waiting(SALES))


# ---- every form of the file


@pytest.mark.parametrize("profile", MAPS)
def test_accounts_are_changed_and_made_in_every_form_of_the_file(tmp_path: Path, profile: str) -> None:
    others = [on_host(SHOP, OLD_PASSWORD, PAUL)] if profile in ONE_LIKE_THE_OTHER else []
    with pop3_site(tmp_path, profile, on_host(INFO, OLD_PASSWORD), *others) as found:
        desired = [
            declared(INFO, MAILBOX_PASSWORD, found),
            declared(SALES, NEW_PASSWORD, found, mailbox=PAUL, port=110, ssl=False),
        ]
        options = {"key_map": MAPS[profile], "validate_logins": False}
        before = connector(found)
        planned = run(found, desired, "--check", "--diff", **options).result()
        assert (planned["changed"], connector(found)) == (True, before)
        assert run(found, desired, **options).statuses() == ["done"]
        after = {each["username"]: each for each in connector(found)["accounts"]}
        assert list(after) == [each["username"] for each in before["accounts"][:-1]] + [SALES] + [
            before["accounts"][-1]["username"]
        ]
        assert after[SALES]["password_sha256"] == password_hash(NEW_PASSWORD)
        made = {key: after[SALES][key] for key in ("server", "port", "mailbox", "ssl", "logon")}
        target = mailbox_guid(PAUL) if "Guid" in MAPS[profile]["mailbox"]["key"] else PAUL
        assert made == {"server": "localhost", "port": "110", "mailbox": target, "ssl": False, "logon": "basic"}
        assert after[INFO] == {**before["accounts"][0], "password_sha256": password_hash(MAILBOX_PASSWORD)}
        assert connector(found)["service"]["Status"] == "Running"
        assert connector(found)["file"]["sddl"] == before["file"]["sddl"]
        found.host.log.clear()
        assert run(found, desired, **options).result()["changed"] is False
        assert found.host.log.count() == 1


def test_a_host_without_a_key_map_is_told_how_to_learn_it(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        refused = run(found, [declared(INFO, OLD_PASSWORD, found)], validate_logins=False).result()
        assert "learn_pop3_connector.yml" in refused["msg"] and not refused["changed"]
        desired = [{"server": "localhost", "port": 995, "username": INFO, "password": MAILBOX_PASSWORD}]
        assert run(found, desired, validate_logins=False).result()["changed"] is True
        assert passwords(found) == {INFO: password_hash(MAILBOX_PASSWORD)}


def test_a_removal_has_to_be_allowed_and_can_be_taken_back(tmp_path: Path) -> None:
    with pop3_site(tmp_path, "plain", on_host(SHOP, OLD_PASSWORD), on_host(INFO, MAILBOX_PASSWORD)) as found:
        desired = [declared(INFO, MAILBOX_PASSWORD, found)]
        options = {"key_map": MAPS["plain"], "exclusive": True, "validate_logins": False}
        before = connector(found)
        assert "allow_removal" in run(found, desired, **options).result()["msg"]
        assert connector(found) == before
        removed = run(found, desired, allow_removal=True, **options).result()
        assert list(passwords(found)) == [INFO]
        given = {"backup": removed["host_backup"], "pop3_connector_backup_dir": str(found.backups)}
        restored = found.project("restore_pop3_connector", **given)
        assert restored.recap()["changed"] == 1
        assert connector(found)["file"]["sha256"] == before["file"]["sha256"]


def test_a_thousand_accounts_are_read_by_one_process_and_written_by_another(tmp_path: Path) -> None:
    many = [on_host(f"nr{number}@beispiel.de", OLD_PASSWORD) for number in range(1000)]
    with pop3_site(tmp_path, "plain", *many) as found:
        desired = [{**each, "password": MAILBOX_PASSWORD} for each in many]
        for each in desired:
            del each["mailbox"]
        assert run(found, desired, validate_logins=False).statuses() == ["done"]
        assert found.host.log.count() == 2
        assert set(passwords(found).values()) == {password_hash(MAILBOX_PASSWORD)}


# ---- the proof of a login


def test_a_login_is_proven_before_it_is_written(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        provider = found.lab.provider
        assert provider is not None
        options = {"key_map": MAPS["plain"]}
        good = at_provider(found, declared(SALES, NEW_PASSWORD, found, mailbox=PAUL))
        before = connector(found)
        wrong = run(found, [{**good, "password": MAILBOX_PASSWORD}], **options).result()
        assert "-ERR" in wrong["msg"] and wrong["proofs"][0]["outcome"] == "refused"
        provider.change({"pop3_certificate_names": ["pop3.beispiel.de"]})
        assert "RemoteCertificateNameMismatch" in run(found, [good], **options).result()["msg"]
        provider.change({"pop3_certificate_names": None})
        assert "confirm_first_fetch" in run(found, [good], max_waiting=1, **options).result()["msg"]
        assert connector(found) == before
        proven = run(found, [good], **options).result()
        assert [(each["outcome"], each["messages"]) for each in proven["proofs"]] == [("proven", 2)]
        assert passwords(found)[SALES] == password_hash(NEW_PASSWORD)
        assert provider.records.pop3_messages == []


def test_a_mailbox_that_somebody_reads_just_now_is_not_counted(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        provider = found.lab.provider
        assert provider is not None
        trust = ssl.create_default_context(cafile=str(found.lab.directory.ca_file))
        reader = poplib.POP3_SSL("localhost", provider.ports["pop3"], context=trust)
        reader.user(SHOP)
        reader.pass_(OLD_PASSWORD)
        desired = [at_provider(found, declared(SHOP, OLD_PASSWORD, found))]
        before = connector(found)
        assert "[IN-USE]" in refusal(found, desired, key_map=MAPS["plain"])["msg"]
        assert connector(found) == before
        result = run(found, desired, key_map=MAPS["plain"], confirm_first_fetch=True).result()
        reader.quit()
        assert [each["outcome"] for each in result["proofs"]] == ["unknown"]
        assert result["changed"] is True and SHOP in passwords(found)


def test_the_proof_logs_in_as_the_connector_will(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        provider = found.lab.provider
        assert provider is not None
        plain, secured = provider.ports["pop3_plain"], provider.ports["pop3"]
        desired = declared(SALES, NEW_PASSWORD, found, port=plain, ssl=False)
        before = connector(found)
        for account, more, knobs, words in (
            (desired, {}, {}, "in clear text"),
            (desired, CLEAR, {}, "needs TLS"),
            ({**desired, "port": secured}, CLEAR, {}, "expects TLS"),
            ({**desired, "ssl": True}, {}, {}, "does not use TLS"),
            ({**desired, "ssl": True, "port": secured}, {}, {"pop3_tls13_only": True}, "only TLS newer than 1.2"),
        ):
            provider.change(knobs)
            failed = refusal(found, [account], key_map=MAPS["plain"], **more)
            assert words in failed["msg"], failed["msg"]
            assert (connector(found), waits(found)) == (before, 2)
        assert [each for each in provider.records.pop3_logins if each.result == "taken"] == []
        provider.change({"pop3_without_tls": True})
        proven = run(found, [desired], key_map=MAPS["plain"], **CLEAR).result()
        assert [(each["outcome"], each["messages"]) for each in proven["proofs"]] == [("proven", 2)]
        assert [(each.tls, each.result) for each in provider.records.pop3_logins] == [(False, "taken")]
        assert waits(found) == 2


def test_what_was_declared_is_fetched_into_the_right_mailbox(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        desired = [at_provider(found, declared(SALES, NEW_PASSWORD, found, mailbox=PAUL))]
        assert run(found, desired, key_map=MAPS["plain"]).statuses() == ["done"]
        provider = found.lab.provider
        assert provider is not None
        given = {"pop3_connector_key_map": MAPS["plain"], "pop3_connector_backup_dir": str(found.backups)}
        for stages in ({"retr": "-ERR no"}, {"dele": "-ERR no"}, {"quit": "close"}, {"pass": "-ERR [AUTH] no"}):
            provider.change({"pop3_stages": stages})
            left = found.project("fetch_pop3_connector", **given).result()
            of_sales = next(each for each in left["mailboxes"] if each["username"] == SALES)
            asked = "pass" not in stages
            assert of_sales["outcome"] == ("nothing_taken" if asked else "not_asked")
            assert left["fetch"]["exit_code"] == 0 and SALES in str(left["warnings"])
            assert len(provider.maildrops.waiting(SALES)) == 2
        provider.change({"pop3_stages": {}})
        connector_before = len(connector(found)["mailboxes"][PAUL]["subjects"])
        fetched = found.project("fetch_pop3_connector", **given)
        assert fetched.result()["fetch"]["exit_code"] == 0, fetched.output
        taken = next(each for each in fetched.result()["mailboxes"] if each["username"] == SALES)
        assert (taken["before"], taken["after"], taken["outcome"]) == (2, 0, "taken")
        # What a session that was cut has delivered is delivered again.
        subjects = connector(found)["mailboxes"][PAUL]["subjects"][connector_before:]
        assert subjects == [each["subject"] for each in MESSAGES]
        assert found.lab.provider is not None
        assert len(found.lab.provider.records.pop3_messages) > 0


def test_mail_is_fetched_only_for_a_mailbox_that_is_here(tmp_path: Path) -> None:
    gone, outside, onward = (f"{name}@nt4admins.local" for name in ("niemand", "extern", "weiter"))
    with pop3_site(tmp_path) as found:
        contact = {
            "Name": "Extern",
            "RecipientTypeDetails": "MailContact",
            "ExternalEmailAddress": "extern@fern.example",
        }
        onwards = {"Name": "Weiter", "ForwardingAddress": "nt4admins.local/MyBusiness/Distribution Groups/Extern"}
        found.host.machine.change({"recipients": [contact, onwards]})
        before = connector(found)
        for target, words in (
            (gone, "no recipient"),
            (outside, "forwards outside"),
            (onward, "Extern is a MailContact"),
            ("*@nt4admins.local", "one plain address"),
        ):
            desired = [at_provider(found, declared(SALES, NEW_PASSWORD, found, mailbox=target))]
            failed = refusal(found, desired, key_map=MAPS["plain"], confirm_mailbox=True)
            assert words in failed["msg"], failed["msg"]
            assert (connector(found), waits(found)) == (before, 2)
        # Where Exchange cannot be asked, any mailbox that no other account has needs a word.
        endpoint = {
            "exchange_connection": "endpoint",
            "exchange_login": {"username": "a", "password": ENDPOINT_PASSWORD},
        }
        desired = [at_provider(found, declared(SALES, NEW_PASSWORD, found, mailbox=PAUL))]
        assert "confirm_mailbox" in refusal(found, desired, key_map=MAPS["plain"], **endpoint)["msg"]
        assert (connector(found), waits(found)) == (before, 2)
        confirmed = run(found, desired, key_map=MAPS["plain"], confirm_mailbox=True, **endpoint).result()
        assert confirmed["changed"] and waits(found) == 2


# ---- faults

CHANGE = [{"server": "localhost", "port": 995, "username": INFO, "password": MAILBOX_PASSWORD}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trouble": {"locked": "always"}}, "open in another program"),
        ({"trouble": {"disk_full": "flush"}}, ""),
        ({"service": {"will_not_stop": True}}, "stop"),
        ({"rewrites_at_stop": "status"}, "service_state"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_write_that_cannot_be_leaves_file_and_service_as_they_were(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    profile = "utf8_bom" if "rewrites_at_stop" in change else "plain"
    with pop3_site(tmp_path, profile) as found:
        trouble(found, **change)
        before = connector(found)
        result = refusal(found, CHANGE, validate_logins=False)
        assert words in result["msg"], result["msg"]
        after = connector(found)
        if "rewrites_at_stop" not in change:
            assert after["data_folder"] == before["data_folder"]
        assert passwords(found) == {INFO: password_hash(OLD_PASSWORD)}
        assert after["service"]["Status"] == "Running"


def test_a_service_that_does_not_start_again_is_told_aloud(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        trouble(found, service={"will_not_start": True})
        result = refusal(found, CHANGE, validate_logins=False)
        assert result["changed"] is True
        assert passwords(found) == {INFO: password_hash(MAILBOX_PASSWORD)}
        trouble(found, service={"will_not_start": False})
        again = run(found, CHANGE, validate_logins=False).result()
        assert [each["action"] for each in again["steps"]] == ["start service"]
        assert connector(found)["service"]["Status"] == "Running"


def test_the_run_after_a_cut_between_stop_and_start_starts_the_service(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        trouble(found, trouble={"killed_at_stop": True})
        refusal(found, CHANGE, validate_logins=False)
        assert connector(found)["service"]["Status"] == "Stopped"
        assert run(found, CHANGE, validate_logins=False).statuses() == ["done"]
        assert connector(found)["service"]["Status"] == "Running"
        assert passwords(found) == {INFO: password_hash(MAILBOX_PASSWORD)}
        assert run(found, CHANGE, validate_logins=False).result()["changed"] is False


BACKUP_NAME = "pop3records.dat.20260101T000000Z.bak"


def file_of(found: Site) -> bytes:
    """The accounts file's bytes."""
    with found.host.machine.pop3.all_or_nothing():
        return found.host.machine.pop3._data()


def put(found: Site, data: bytes) -> None:
    """Another accounts file."""
    trouble(found, file=base64.b64encode(data).decode("ascii"))


@pytest.mark.parametrize(
    ("corrupt", "words"),
    [
        (lambda data: data[: data.index(b"Port:")], ""),
        (lambda data: data + data[data.index(b"Pop3Account:") :], "accounts that are equal"),
        (lambda data: data[data.index(b"Pop3Account:") :], "ntropy"),
        (lambda data: bytes(len(data)), BACKUP_NAME),
    ],
    ids=["truncated", "two equal accounts", "no entropy", "all NUL"],
)
def test_a_file_in_a_bad_state_is_not_touched(tmp_path: Path, corrupt: Any, words: str) -> None:
    with pop3_site(tmp_path) as found:
        found.host.machine.pop3.files.put(f"{places.DATA}\\{BACKUP_NAME}", file_of(found))
        put(found, corrupt(file_of(found)))
        bad = file_of(found)
        result = refusal(found, CHANGE, validate_logins=False)
        assert words in result["msg"], result["msg"]
        assert file_of(found) == bad


def test_a_password_of_another_machine_is_written_anew(tmp_path: Path) -> None:
    with pop3_site(tmp_path, "plain", on_host(INFO, MAILBOX_PASSWORD, foreign=True)) as found:
        assert run(found, CHANGE, validate_logins=False).result()["changed"] is True
        assert passwords(found) == {INFO: password_hash(MAILBOX_PASSWORD)}


def test_another_collector_on_the_host_stops_a_new_account(tmp_path: Path) -> None:
    with pop3_site(tmp_path) as found:
        found.host.machine.change({"services": [{"name": "POPconService", "display_name": "POPcon PRO"}]})
        desired = [declared(SALES, NEW_PASSWORD, found, mailbox=PAUL)]
        options = {"key_map": MAPS["plain"], "validate_logins": False}
        assert "POPcon" in run(found, desired, **options).result()["msg"]
        assert run(found, desired, confirm_no_other_collector=True, **options).statuses() == ["done"]


def test_odd_names_are_kept_and_a_task_fetches_in_between(tmp_path: Path) -> None:
    odd = "größe-1 - zwei@beispiel.de"
    with pop3_site(tmp_path, "utf8_bom", on_host(odd, OLD_PASSWORD)) as found:
        desired = [{"server": "localhost", "port": 995, "username": odd, "password": MAILBOX_PASSWORD}]
        task = {"interval_minutes": 15}
        assert set(run(found, desired, fetch_task=task, validate_logins=False).statuses()) == {"done"}
        assert passwords(found) == {odd: password_hash(MAILBOX_PASSWORD)}
        (made,) = found.host.machine.dump()["tasks"]
        assert (made["minutes"], made["arguments"]) == (15, "-downloadNow")
        assert run(found, desired, fetch_task=task, validate_logins=False).result()["changed"] is False


# ---- the same with a real PowerShell


@pytest.mark.pwsh
def test_a_real_powershell_proves_and_writes_the_same(tmp_path: Path) -> None:
    with pop3_site(tmp_path, backend="pwsh") as found:
        desired = [
            at_provider(found, declared(SALES, NEW_PASSWORD, found, mailbox=PAUL)),
        ]
        options = {"key_map": MAPS["plain"]}
        assert run(found, desired, "-vvvv", **options).statuses() == ["done"]
        assert passwords(found)[SALES] == password_hash(NEW_PASSWORD)
        assert run(found, desired, **options).result()["changed"] is False


def test_the_playbook_says_where_its_report_lies(tmp_path: Path) -> None:
    with pop3_site(tmp_path, "plain", on_host(INFO, MAILBOX_PASSWORD)) as found:
        reported = found.project("learn_pop3_connector", pop3_connector_backup_dir=str(found.backups))
        (file,) = found.saved()
        assert reported.code == 0 and file.name in reported.output.replace("\n", "").replace(" ", "")
