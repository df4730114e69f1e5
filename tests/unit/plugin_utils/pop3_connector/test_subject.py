"""Whole runs against a host in memory: facts in, plan out, bytes changed, and a second run that changes nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import collectors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_diff, as_result
from tests.unit.plugin_utils.pop3_connector.pop3_file import BLOB, ENTROPY, SHAPES, Shape, account, data_of, without
from tests.unit.plugin_utils.pop3_connector.pop3_host import (
    MAP,
    OTHER_PASSWORD,
    PASSWORD,
    PROVEN,
    Pop3Host,
    declared,
    options,
    recipient,
    subject,
)
from tests.unit.plugin_utils.run.examples import HOST, Break, keys_of, run_one

PLAIN = SHAPES[0]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


def host_of(shape: Shape = PLAIN, *accounts: dict[str, str], password: str = PASSWORD) -> Pop3Host:
    """A host with these accounts, by default two of them, whose passwords it can read."""
    held = accounts or (account(1), account(2))
    return Pop3Host(data_of(shape, *held), {each["password"]: password for each in held})


def map_of(shape: Shape) -> dict[str, Any]:
    """The key map that suits a shape."""
    return {**MAP, "copy_as_is": ["Id", "Flags", "Pop3Account"]}


def run(host: Pop3Host, arguments: dict[str, Any], folder: Path, check: bool = False) -> Outcome:
    """One run; its error, if it has one, is raised."""
    wanted = subject(arguments, folder)
    outcome = run_one(wanted, host.session(), NO_EXCHANGE, lambda data: json.dumps(data), check_mode=check)
    if outcome.error:
        raise outcome.error
    told = json.dumps([as_result("pop3_connector", outcome), as_diff("pop3_connector", outcome.decision)])
    for secret in (PASSWORD, OTHER_PASSWORD, BLOB, ENTROPY, *host.stored):
        assert secret not in told and secret not in (outcome.backup_file or "")
    return outcome


def refused(host: Pop3Host, arguments: dict[str, Any], folder: Path) -> list[str]:
    """The keys of the reasons with which a run is refused; nothing is written then."""
    before = host.data
    with pytest.raises(MailflowError) as caught:
        run(host, arguments, folder)
    assert host.data == before
    return sorted(set(keys_of(caught.value)))


def settled(host: Pop3Host, arguments: dict[str, Any], folder: Path) -> bool:
    """Whether a run has nothing to do."""
    return not run(host, arguments, folder).changed


@every_shape
def test_what_is_there_already_is_left_alone(shape: Shape, tmp_path: Path) -> None:
    host = host_of(shape)
    assert settled(host, options(declared(1), declared(2), key_map=map_of(shape)), tmp_path)
    assert host.commands == [["Read-Pop3Records", "Get-ServiceList", "Get-TaskList"]]


@every_shape
def test_only_the_values_that_differ_are_changed(shape: Shape, tmp_path: Path) -> None:
    host = host_of(shape)
    host.recipients.append(recipient("neu@x.local"))
    desired = options(
        declared(1, username="User1@beispiel.de", mailbox="neu@x.local", logon="apop"), key_map=map_of(shape)
    )
    assert run(host, desired, tmp_path).changed
    changed = account(1, username="User1@beispiel.de", mailbox="neu@x.local", logon="2")
    assert host.data == data_of(shape, changed, account(2))
    assert settled(host, desired, tmp_path)


@every_shape
def test_a_new_account_is_a_copy_with_every_known_value_replaced(shape: Shape, tmp_path: Path) -> None:
    host = host_of(shape)
    desired = options(
        declared(1), declared(2), declared(3, server="pop.gmx.net", ssl=False, port=110), key_map=map_of(shape)
    )
    desired["confirm_clear_text"] = True
    assert run(host, desired, tmp_path).changed
    new = account(3, server="pop.gmx.net", ssl="False", port="110", password=list(host.stored)[-1])
    # The template is the last account of two, and stays the last one.
    held = [each | {"x": x} for each, x in ((account(1), "1"), (new, "2"), (account(2), "2"))]
    expected = data_of(shape, *held)
    if shape.marker or shape.before:
        # What is copied as it is bears the number of the account it was copied from.
        expected = data_of(replace(shape, before=shape.before and ("Id:{x}",), marker=shape.marker and "{x}"), *held)
    assert host.data == expected
    assert host.stored[new["password"]] == PASSWORD
    assert settled(host, desired, tmp_path)


@every_shape
def test_a_removal_is_one_whole_block(shape: Shape, tmp_path: Path) -> None:
    plain = replace(shape, marker="", before=("Id:0",) if shape.before else ())
    for gone, kept in ((1, 2), (2, 1)):
        host = host_of(plain)
        desired = options(declared(gone, state="absent"), allow_removal=True, key_map=map_of(shape))
        assert run(host, desired, tmp_path).changed
        whole = data_of(plain, account(kept))
        assert (host.data or b"").rstrip(b"\r\n") == whole.rstrip(b"\r\n")
        assert settled(host, desired, tmp_path)


@every_shape
def test_an_account_moves_and_another_goes(shape: Shape, tmp_path: Path) -> None:
    plain = replace(shape, marker="", before=("Id:0",) if shape.before else ())
    host = host_of(plain)
    old = {"server": "pop3.strato.de", "port": 995, "username": "user1@beispiel.de"}
    desired = options(
        declared(1, server="pop.ionos.de", replaces=old),
        declared(4),
        exclusive=True,
        allow_removal=True,
        key_map=map_of(shape),
    )
    outcome = run(host, desired, tmp_path)
    blobs = list(host.stored)
    moved = account(1, server="pop.ionos.de")
    assert (host.data or b"").rstrip(b"\r\n") == data_of(plain, moved, account(4, password=blobs[2])).rstrip(b"\r\n")
    assert settled(host, desired, tmp_path)
    assert outcome.decision.facts["host_backup"] == "pop3records.dat.20260302T120000Z.bak"
    assert [len(commands) for commands in host.commands] == [3, 3, 2, 4, 3]


@pytest.mark.parametrize("policy", ["on_change", "always", "on_create"])
@pytest.mark.parametrize("stored", ["same", "different", "unreadable"])
def test_when_a_password_is_written(policy: str, stored: str, tmp_path: Path) -> None:
    host = host_of(password=PASSWORD if stored == "same" else OTHER_PASSWORD)
    if stored == "unreadable":
        host.stored = {}
    written = policy == "always" or (policy == "on_change" and stored != "same")
    outcome = run(host, options(declared(1), update_password=policy), tmp_path)
    assert outcome.changed is written
    assert outcome.decision.facts["accounts"][0]["password"] == stored
    assert outcome.decision.facts["accounts"][1]["password"] == "undeclared"
    assert (PASSWORD in [host.stored.get(each["text"]) for each in host.secrets_of()]) is (written or stored == "same")
    # A proof only where the login is another one than is stored.
    assert len(host.tried) == (1 if written and stored != "same" else 0)


def test_check_mode_writes_nothing_and_logs_in_nowhere(tmp_path: Path) -> None:
    host = host_of()
    before = host.data
    outcome = run(host, options(declared(3)), tmp_path, check=True)
    assert outcome.changed and host.data == before and host.tried == []


REFUSED: dict[str, tuple[Pop3Host, dict[str, Any], list[str]]] = {
    "no file": (Pop3Host(None), options(declared(1)), ["pop3_file_missing", "pop3_service_missing"]),
    "no account": (Pop3Host(b"Entropy:x\r\n"), options(declared(1)), ["pop3_nothing_to_clone"]),
    "a cut file": (
        Pop3Host(data_of(replace(PLAIN, tail=()), account(1), account(2))[:-5]),
        options(declared(1, mailbox="x@y")),
        ["pop3_file_cut"],
    ),
    "equal accounts": (
        host_of(PLAIN, account(1), account(1, server="POP3.strato.de")),
        options(declared(1, port=995, mailbox="x@y")),
        ["pop3_equal_accounts"],
    ),
    "a removal unasked": (host_of(), options(declared(1, state="absent")), ["pop3_removal_not_allowed"]),
    "the undeclared unasked": (host_of(), options(declared(1), exclusive=True), ["pop3_removal_not_allowed"]),
    "the same mailbox by another port": (
        host_of(),
        options(declared(1, port=110)),
        ["pop3_fetched_already"],
    ),
    "the same mailbox by another server": (
        host_of(PLAIN, account(1, server="pop.1und1.de")),
        options(declared(1, server="pop.ionos.de")),
        ["pop3_fetched_already"],
    ),
    "an unknown key in the template": (
        host_of(replace(PLAIN, after=(*PLAIN.after, "Uid:{n}"))),
        options(declared(3)),
        ["pop3_clone_unknown_key"],
    ),
    "a marker with a value": (host_of(SHAPES[1]), options(declared(3)), ["pop3_clone_unknown_key"]),
    "a new account without mailbox": (host_of(), options(declared(3, mailbox=None)), ["pop3_mailbox_missing"]),
    "a new account without logon": (host_of(), options(declared(3, logon=None)), ["pop3_clone_undeclared"]),
    "a new account without password": (host_of(), options(declared(3, password=None)), ["pop3_password_missing"]),
    "no key for the mailbox": (
        host_of(without(PLAIN, "Mailbox")),
        options(declared(3)),
        ["pop3_key_missing"],
    ),
    "a mailbox without map": (
        host_of(),
        {"accounts": [declared(3, mailbox=None, ssl=None, logon=None)]},
        ["pop3_clone_unknown_key", "pop3_key_not_known"],
    ),
    "no entropy": (
        Pop3Host(data_of(PLAIN, account(1), account(2)).replace(b"Entropy:", b"entropy:")),
        options(declared(1), declared(3)),
        ["pop3_entropy_missing"],
    ),
    "an empty entropy": (
        Pop3Host(data_of(PLAIN, account(1)).replace(ENTROPY.encode(), b"")),
        options(declared(1)),
        ["pop3_entropy_missing"],
    ),
    "text beyond ascii in a file that shows no encoding": (
        host_of(),
        options(declared(3, mailbox="m\u00fcller@nt4admins.local")),
        ["pop3_text_not_writable"],
    ),
    "another login without password": (
        host_of(),
        options(
            declared(
                1,
                port=1995,
                password=None,
                replaces={"server": "pop3.strato.de", "port": 995, "username": "user1@beispiel.de"},
            )
        ),
        ["pop3_proof_without_password"],
    ),
    "both the account and the one it replaces": (
        host_of(),
        options(
            declared(2, replaces={"server": "pop3.strato.de", "port": 995, "username": "user1@beispiel.de"}),
        ),
        ["pop3_replaced_still_there"],
    ),
}
REFUSED["no file"][0].service_exists = False


@pytest.mark.parametrize(("host", "arguments", "keys"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(host: Pop3Host, arguments: dict[str, Any], keys: list[str], tmp_path: Path) -> None:
    assert refused(host, arguments, tmp_path) == keys
    assert host.tried == []


def test_an_entropy_that_others_need_is_not_taken_away(tmp_path: Path) -> None:
    text = data_of(PLAIN, account(1), account(2)).decode()
    moved = text.replace(f"Entropy:{ENTROPY}\r\n", "").replace("Server:", f"Entropy:{ENTROPY}\r\nServer:", 1)
    host = Pop3Host(moved.encode(), {account(n)["password"]: PASSWORD for n in (1, 2)})
    desired = options(declared(1, state="absent"), allow_removal=True)
    assert refused(host, desired, tmp_path) == ["pop3_entropy_shared"]


def test_umlauts_are_written_where_the_file_shows_its_encoding(tmp_path: Path) -> None:
    host = host_of(SHAPES[5])
    host.recipients.append(recipient("m\u00fcller@nt4admins.local"))
    desired = options(declared(1, mailbox="m\u00fcller@nt4admins.local"), key_map=MAP)
    assert run(host, desired, tmp_path).changed and settled(host, desired, tmp_path)


def test_another_collector_has_to_be_looked_at(tmp_path: Path) -> None:
    host = host_of()
    host.services = [{"Name": "POPcon", "DisplayName": "POPcon PRO", "Status": "Running", "StartMode": "Auto"}]
    assert refused(host, options(declared(3)), tmp_path) == ["pop3_other_collector"]
    assert refused(host, options(declared(1)), tmp_path) == ["pop3_other_collector"]
    assert run(host, options(declared(1), declared(3), confirm_no_other_collector=True), tmp_path).changed


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("POPcon", True),
        ("POPcon PRO", True),
        ("QSS Exchange Connector Service", True),
        ("GFI POP2Exchange", True),
        ("hMailServer", True),
        ("C:\\cygwin\\bin\\fetchmail.exe", True),
        ("getmail", True),
        ("/usr/bin/getmail", True),
        ("C:\\cygwin\\bin\\python2.7.exe /usr/bin/getmail --rcdir /etc", True),
        ("bash -lc 'getmail'", True),
        ("Popcorn Time", False),
        ("PopUp Blocker", False),
        ("Microsoft Exchange POP3", False),
        ("Microsoft Exchange-POP3", False),
        ("MSExchangePOP3", False),
        ("Windows SBS POP3 Connector", False),
        ("C:\\Scripts\\GetMailboxSizes.ps1", False),
        ("-Command Get-Mailbox | Export-Csv", False),
        ("WidgetMailer", False),
    ],
)
def test_whom_the_wildcards_know(text: str, known: bool) -> None:
    wildcards = collectors.read_step(()).parameters["Names"]
    assert any(fnmatch(text.lower(), each.lower()) for each in wildcards) is known


@pytest.mark.parametrize(
    ("services", "product"),
    [
        (["POPcon"], "POPcon: POPcon, POPcon PRO (Servolutions), known by its name"),
        (["QSS Exchange Connector Service"], "Exchange Connector (QSS), known by its name"),
        (["GFI POP2Exchange"], "GFI MailEssentials, known by its name"),
        (["gfimesattendant"], "GFI MailEssentials, known by its name"),
        (["fetchmail"], "likely fetchmail"),
        (["Pop2Exchange Dienst"], "likely Pop2Exchange (Roth)"),
        (["MSExchangePOP3", "Microsoft Exchange POP3", "POP3Connector"], None),
    ],
)
def test_a_collector_that_came_later_is_refused_on_a_host_with_nothing_to_do(
    services: list[str], product: str | None, tmp_path: Path
) -> None:
    host = host_of()
    asked = collectors.read_step(()).parameters["Names"]
    fitting = [name for name in services if any(fnmatch(name.lower(), each) for each in asked)]
    assert settled(host, options(declared(1)), tmp_path)
    host.services = [{"Name": name, "DisplayName": name, "Status": "Running"} for name in fitting]
    if product is None:
        assert settled(host, options(declared(1)), tmp_path)
        return
    assert refused(host, options(declared(1)), tmp_path) == ["pop3_other_collector"]
    for more, words in (
        ({"confirm_no_other_collector": True}, "as the inventory confirms"),
        ({"service_state": "stopped"}, "the connector fetches nothing"),
    ):
        notices = run(host, options(declared(1), **more), tmp_path).decision.notices
        (told,) = [each for each in notices if "program that fetches" in each]
        assert product.removeprefix("POPcon: ") in told and words in told


def test_a_collector_that_the_inventory_names_has_no_product(tmp_path: Path) -> None:
    assert collectors.product_of("Hausmittel", None) is None
    assert str(collectors.FoundCollector("Hausmittel (holen, Running)")) == "Hausmittel (holen, Running)"


@pytest.mark.parametrize("text", ["c:\\cygwin\\bin\\GETMAIL", "getmail", "bash -lc 'getmail'"])
def test_a_product_is_known_by_the_wildcards_of_powershell(text: str) -> None:
    found = collectors.product_of(text)
    assert found is not None and found.product == "getmail"


@pytest.mark.parametrize("enabled", [True, None, False])
def test_a_task_that_starts_a_collector_is_one(enabled: bool | None, tmp_path: Path) -> None:
    host = host_of()
    host.tasks = [{"Name": "Mail holen", "Command": "C:\\cygwin\\bin\\fetchmail.exe", "Enabled": enabled}]
    confirmed = options(declared(1), confirm_no_other_collector=True)
    told = [each for each in run(host, confirmed, tmp_path).decision.notices if "Mail holen" in each]
    assert bool(told) is (enabled is not False)
    if told:
        assert refused(host, options(declared(3)), tmp_path) == ["pop3_other_collector"]


@every_shape
def test_stored_passwords_that_do_not_open_here_are_named(shape: Shape, tmp_path: Path) -> None:
    host = host_of(shape)
    host.stored.pop(account(2)["password"])
    for desired, named in (
        ([declared(1)], True),
        ([declared(1), declared(2)], False),
        ([declared(1, password=None)], True),
    ):
        outcome = run(host, options(*desired, key_map=map_of(shape)), tmp_path, check=True)
        told = [each for each in outcome.decision.notices if "cannot be decrypted" in each]
        assert ("user2@beispiel.de" in told[0] and "user1" not in told[0] if told else not named) and bool(
            told
        ) is named
        assert [each["opens"] for each in outcome.decision.facts["accounts"]] == [True, False]


@pytest.mark.parametrize(("mode", "status"), [("Disabled", "Stopped")])
def test_a_collector_that_is_switched_off_is_none(mode: str, status: str, tmp_path: Path) -> None:
    host = host_of()
    host.services = [{"Name": "POPcon", "DisplayName": "POPcon", "Status": status, "StartMode": mode}]
    assert run(host, options(declared(3)), tmp_path).changed


# ---- the service, an interrupted write, the task


@pytest.mark.parametrize(
    ("interrupted", "status", "wanted", "commands"),
    [
        (None, "Stopped", "unchanged", []),
        (None, "Stopped", "running", ["Set-Pop3Service"]),
        (None, "Running", "running", []),
        (None, "Running", "stopped", ["Set-Pop3Service"]),
        ("running", "Stopped", "unchanged", ["Set-Pop3Service"]),
        ("running\r\n", "Stopped", "unchanged", ["Set-Pop3Service"]),
        ("stopped", "Stopped", "unchanged", ["Set-Pop3Service"]),
        ("", "Stopped", "running", ["Set-Pop3Service"]),
    ],
)
def test_the_service_alone(
    interrupted: str | None, status: str, wanted: str, commands: list[str], tmp_path: Path
) -> None:
    host = host_of()
    host.status, host.interrupted = status, interrupted
    desired = options(declared(1), service_state=wanted)
    plan = run(host, desired, tmp_path).decision.plan
    assert [step.command for step in plan.steps] if plan else commands == []
    assert host.interrupted is None and settled(host, desired, tmp_path)
    expected = {"running": "Running", "stopped": "Stopped"}.get((interrupted or "").strip())
    assert wanted != "unchanged" or expected is None or host.status == expected


def test_a_mark_that_says_nothing_needs_a_word(tmp_path: Path) -> None:
    host = host_of()
    host.interrupted = ""
    assert refused(host, options(declared(1)), tmp_path) == ["pop3_marker_unreadable"]


def test_the_service_is_left_as_declared_by_the_write_itself(tmp_path: Path) -> None:
    host = host_of()
    run(host, options(declared(3), service_state="stopped"), tmp_path)
    assert host.status == "Stopped" and host.commands[3][0] == "Write-Pop3Records" and len(host.commands[3]) == 4


def test_a_connection_that_breaks_between_stop_and_start_is_told_and_mended_by_the_next_run(tmp_path: Path) -> None:
    host = host_of()

    def write(given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        done = Pop3Host.write(host, given, secrets)
        host.status, host.interrupted = "Stopped", "running"
        return done

    host.write = write  # type: ignore[method-assign]
    host.breaks[4] = Break(ConnectionLost(reason_of("reply_cut", HOST)), after=1)
    with pytest.raises(ConnectionLost):
        run(host, options(declared(3)), tmp_path)
    outcome = run(host, options(declared(3)), tmp_path)
    assert [report.step.command for report in outcome.reports] == ["Set-Pop3Service"]
    assert host.status == "Running"


@pytest.mark.parametrize(
    "code",
    [
        "pop3_file_changed",
        "pop3_file_locked",
        "pop3_file_missing",
        "pop3_service_not_stopped",
        "pop3_service_not_started",
        "pop3_entropy_missing",
        "pop3_not_written",
    ],
)
def test_what_the_agent_refuses_is_told_with_a_way_out(code: str, tmp_path: Path) -> None:
    host = host_of()
    host.fail("Write-Pop3Records", code)
    assert refused(host, options(declared(3)), tmp_path) == [code]


TASK = {"interval_minutes": 20}
FETCHING = {"Exists": True, "IntervalMinutes": 20, "Command": '"C:\\P\\Pop3Connector.exe"', "Arguments": "-downloadNow"}


@pytest.mark.parametrize(
    ("found", "wanted", "commands"),
    [
        ({"Exists": False}, TASK, ["Set-FetchTask"]),
        (FETCHING, TASK, []),
        ({**FETCHING, "Enabled": False}, TASK, ["Set-FetchTask"]),
        (FETCHING, {"interval_minutes": 5}, ["Set-FetchTask"]),
        (FETCHING, {"state": "absent"}, ["Remove-FetchTask"]),
        ({"Exists": False}, {"state": "absent"}, []),
    ],
)
def test_the_task(found: dict[str, Any], wanted: dict[str, Any], commands: list[str], tmp_path: Path) -> None:
    host = host_of()
    host.task = found
    plan = run(host, options(declared(1), fetch_task=wanted), tmp_path).decision.plan
    assert ([step.command for step in plan.steps] if plan else []) == commands
    assert settled(host, options(declared(1), fetch_task=wanted), tmp_path)


def test_a_task_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    host = host_of()
    host.task = {**FETCHING, "Command": "C:\\other.exe"}
    assert refused(host, options(fetch_task=TASK), tmp_path) == ["pop3_task_foreign"]


def test_the_interval_suits_the_accounts_on_the_host_too(tmp_path: Path) -> None:
    host = host_of(PLAIN, account(1, server="pop3.web.de"))
    desired = options(fetch_task={"interval_minutes": 10})
    assert refused(host, desired, tmp_path) == ["pop3_interval_too_short"]


# ---- a thousand accounts


def test_a_thousand_accounts_in_one_file(tmp_path: Path) -> None:
    held = [account(n) for n in range(1000)]
    host = Pop3Host(data_of(PLAIN, *held), {each["password"]: PASSWORD for each in held})
    host.recipients += [recipient(f"neu{n}@nt4admins.local") for n in range(1000)]
    desired = options(*(declared(n, mailbox=f"neu{n}@nt4admins.local") for n in range(1000)))
    begin = time.perf_counter()
    assert run(host, desired, tmp_path).changed
    assert time.perf_counter() - begin < 10
    assert host.commands == [
        ["Read-Pop3Records", "Get-ServiceList", "Get-TaskList"],
        ["Get-Recipient", "Get-Mailbox", "Get-MailPublicFolder"],
        ["Write-Pop3Records", "Read-Pop3Records", "Get-ServiceList", "Get-TaskList"],
    ]


def test_a_proof_asks_for_nothing_but_the_login(tmp_path: Path) -> None:
    host = host_of()
    run(host, options(declared(3)), tmp_path)
    assert host.tried == [
        {
            "Server": "pop3.strato.de",
            "Port": 995,
            "Security": "tls",
            "Credential": {"$credential": {"username": "user3@beispiel.de", "password": {"$secret": "pop3_0"}}},
            "TimeoutSeconds": 30,
        }
    ]
    assert PROVEN["Messages"] == 3 and HOST
