"""The proof of logins before the write: what an answer means, what has to be confirmed, and how often it is asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.proof import judge
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from tests.unit.plugin_utils.pop3_connector.pop3_file import SHAPES, Shape, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import (
    MAP,
    OTHER_PASSWORD,
    PASSWORD,
    Pop3Host,
    declared,
    options,
    subject,
)
from tests.unit.plugin_utils.run.examples import HOST, NOW, Break, keys_of, run_one

NEW = "user3@beispiel.de"
WEB = {"server": "pop3.web.de"}


def answer(stage: str, problem: str | None, reply: str = "", messages: int | None = None) -> dict[str, Any]:
    return {"Stage": stage, "Problem": problem, "Reply": reply, "Tls": None, "Messages": messages}


BUSY = answer("greeting", "reply", "-ERR [IN-USE] too many")
IN_USE = answer("pass", "reply", "-ERR [IN-USE] locked")
MEANT = [
    (answer("done", None, "+OK 2 320", 2), "proven", 2),
    (IN_USE, "unknown", None),
    (answer("pass", "reply", "-err [in-use]"), "unknown", None),
    (answer("pass", "reply", "-ERR [LOGIN-DELAY] wait"), "unknown", None),
    (answer("stat", "reply", "-ERR [SYS/TEMP] later"), "unknown", None),
    (BUSY, "unknown", None),
    (answer("pass", "reply", "-ERR [AUTH] no"), "refused", None),
    (answer("pass", "reply", "-ERR [SYS/PERM] no"), "refused", None),
    (answer("pass", "reply", "-ERR no [IN-USE]"), "refused", None),
    (BUSY, "unknown", None),
    (answer("pass", "reply", "-ERR [AUTH] no"), "refused", None),
    (answer("pass", "reply", "-ERR [SYS/PERM] no"), "refused", None),
    (answer("tls", "no_tls"), "refused", None),
    (answer("tls", "tls_newer", "unexpected message"), "refused", None),
    (answer("greeting", "tls_first"), "refused", None),
    (answer("tls", "certificate"), "refused", None),
    (answer("connect", "timeout"), "refused", None),
    (answer("greeting", "closed"), "refused", None),
]


@pytest.mark.parametrize(("told", "outcome", "messages"), MEANT, ids=str)
def test_what_an_answer_means(told: dict[str, Any], outcome: str, messages: int | None) -> None:
    proof = judge(told)
    assert (proof.outcome, proof.messages) == (outcome, messages) and proof.text


@pytest.mark.parametrize(
    ("problem", "words"),
    [("no_tls", "ssl: false"), ("tls_first", "ssl: true"), ("tls_newer", "only TLS newer than 1.2")],
)
def test_a_connection_that_cannot_be_is_named_as_what_it_is(problem: str, words: str, tmp_path: Path) -> None:
    told = answer("tls", problem, "wrong version number")
    host = host_with(user3_beispiel=told)
    with pytest.raises(MailflowError, match=words) as caught:
        run(host, new(), tmp_path)
    assert "wrong version number" in str(caught.value)


def host_with(**logins: dict[str, Any]) -> Pop3Host:
    host = Pop3Host(data_of(SHAPES[0], account(1), account(2)), {account(n)["password"]: PASSWORD for n in (1, 2)})
    host.logins = {name.replace("_", "@") + ".de": told for name, told in logins.items()}
    return host


def run(host: Pop3Host, arguments: dict[str, Any], folder: Path, minutes: int = 0) -> Outcome:
    wanted = subject(arguments, folder, NOW + timedelta(minutes=minutes))
    return run_one(wanted, host.session(), NO_EXCHANGE, lambda data: "", check_mode=False)


def refused(host: Pop3Host, arguments: dict[str, Any], folder: Path, minutes: int = 0) -> list[str]:
    before = host.data
    with pytest.raises(MailflowError) as caught:
        run(host, arguments, folder, minutes)
    assert host.data == before
    return sorted(keys_of(caught.value))


def new(**more: Any) -> dict[str, Any]:
    return options(declared(3), **more)


@pytest.mark.parametrize(
    ("told", "more", "keys"),
    [
        (answer("done", None, "+OK", 200), {}, []),
        (answer("done", None, "+OK", 201), {}, ["pop3_many_waiting"]),
        (answer("done", None, "+OK", 201), {"confirm_first_fetch": True}, []),
        (answer("done", None, "+OK", 4), {"max_waiting": 3}, ["pop3_many_waiting"]),
        (IN_USE, {}, ["pop3_many_waiting"]),
        (IN_USE, {"confirm_first_fetch": True}, []),
        (answer("pass", "reply", "-ERR [SYS/TEMP] x"), {}, ["pop3_many_waiting"]),
        (answer("pass", "reply", "-ERR [SYS/TEMP] x"), {"confirm_first_fetch": True}, []),
        (answer("pass", "reply", "-ERR no"), {}, ["pop3_login_refused"]),
        (answer("pass", "reply", "-ERR no"), {"confirm_first_fetch": True}, ["pop3_login_refused"]),
        (answer("pass", "reply", "-ERR no"), {"validate_logins": False}, []),
    ],
)
def test_whether_a_new_account_is_written(
    told: dict[str, Any], more: dict[str, Any], keys: list[str], tmp_path: Path
) -> None:
    host = host_with(user3_beispiel=told)
    if keys:
        assert refused(host, new(**more), tmp_path) == keys
    else:
        outcome = run(host, new(**more), tmp_path)
        assert outcome.changed and host.data != data_of(SHAPES[0], account(1), account(2))
        assert bool(outcome.notices) is (told["Problem"] is not None and "validate_logins" not in more)
        assert not outcome.notices or NEW in outcome.notices[0]
        unasked = [each for each in outcome.decision.notices if "without a test login" in each]
        assert bool(unasked) is ("validate_logins" in more)


@pytest.mark.parametrize("told", [answer("pass", "reply", "-ERR [LOGIN-DELAY] x"), IN_USE], ids=str)
def test_an_account_that_is_known_already_is_written_with_a_warning(told: dict[str, Any], tmp_path: Path) -> None:
    host = host_with(user1_beispiel=told)
    outcome = run(host, options(declared(1, password=OTHER_PASSWORD)), tmp_path)
    assert outcome.changed and len(outcome.notices) == 1


def test_all_refused_logins_are_listed_and_all_are_tried_in_one_process(tmp_path: Path) -> None:
    no = answer("pass", "reply", "-ERR no")
    host = host_with(user3_beispiel=no, user5_beispiel=no)
    desired = options(*(declared(n) for n in (3, 4, 5)))
    assert refused(host, desired, tmp_path) == ["pop3_login_refused"] * 2
    assert [len(commands) for commands in host.commands] == [3, 3, 3]


CLEAR = {"confirm_clear_text": True}
HELD = {"server": "pop3.strato.de", "port": 995, "username": "user1@beispiel.de"}
SECURITY: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "new, with ssl": ({"n": 3}, {}, "tls"),
    "new, without": ({"n": 3, "ssl": False, "port": 110}, {}, "none"),
    "new, without, on the port of TLS": ({"n": 3, "ssl": False}, {}, "none"),
    "new, with ssl on the port without": ({"n": 3, "port": 110}, {}, "tls"),
    "another password": ({}, {}, "tls"),
    "another password, ssl on the host": ({"ssl": None, "port": 110}, {"port": "110"}, "tls"),
    "another password, none on the host": ({"ssl": None}, {"ssl": "False"}, "none"),
    "another password, unknown on the host": ({"ssl": None}, {"ssl": "Maybe"}, "tls"),
    "the same on the port without": ({"ssl": None, "port": 110}, {"ssl": "Maybe", "port": "110"}, "none"),
    "ssl switched off": ({"ssl": False}, {}, "none"),
    "ssl switched on": ({}, {"ssl": "False"}, "tls"),
    "moved": ({"ssl": None, "replaces": HELD, "server": "pop.ionos.de"}, {"ssl": "False"}, "none"),
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize(("values", "held", "security"), SECURITY.values(), ids=SECURITY)
def test_the_proof_logs_in_as_the_connector_will(
    shape: Shape, values: dict[str, Any], held: dict[str, str], security: str, tmp_path: Path
) -> None:
    def host() -> Pop3Host:
        stored = [account(1, **held), account(2)]
        return Pop3Host(data_of(shape, *stored), {each["password"]: OTHER_PASSWORD for each in stored})

    key_map = {**MAP, "copy_as_is": ["Id", "Flags", "Pop3Account"]}
    desired = options(declared(**{"n": 1, **values}), key_map=key_map)
    if security == "none":
        unasked, unproven = host(), host()
        assert refused(unasked, desired, tmp_path) == ["pop3_clear_text"]
        assert (unasked.tried, [len(commands) for commands in unasked.commands]) == ([], [3])
        assert run(unproven, {**desired, "validate_logins": False}, tmp_path).changed and unproven.tried == []
    found = host()
    outcome = run(found, {**desired, **CLEAR}, tmp_path)
    assert outcome.changed and [each["Security"] for each in found.tried] == [security]
    assert any("in clear text" in each for each in outcome.decision.notices) is (security == "none")


@pytest.mark.parametrize(("port", "security"), [("995", "tls"), ("110", "none")])
def test_what_nobody_says_of_ssl_follows_from_the_port(port: str, security: str, tmp_path: Path) -> None:
    host = Pop3Host(data_of(SHAPES[0], account(1, port=port)), {account(1)["password"]: OTHER_PASSWORD})
    desired = {"accounts": [declared(1, port=int(port), mailbox=None, ssl=None, logon=None)]}
    if security == "none":
        assert refused(host, desired, tmp_path) == ["pop3_clear_text"]
    run(host, {**desired, **CLEAR}, tmp_path)
    assert [each["Security"] for each in host.tried] == [security]


# ---- the pause that a provider wants


def web(password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    return options(declared(3, password=password, **WEB), **more)


def test_within_the_pause_the_last_proof_counts(tmp_path: Path) -> None:
    host = host_with(user3_beispiel=answer("done", None, "+OK", 300))
    assert refused(host, web(), tmp_path) == ["pop3_many_waiting"]
    outcome = run(host, web(confirm_first_fetch=True), tmp_path, minutes=10)
    assert outcome.changed and len(host.tried) == 1
    (proof,) = outcome.decision.facts["proofs"]
    assert (proof["remembered"], proof["messages"], proof["outcome"]) == (True, 300, "proven")


def test_a_remembered_number_of_messages_still_needs_a_word(tmp_path: Path) -> None:
    host = host_with(user3_beispiel=answer("done", None, "+OK", 300))
    assert refused(host, web(), tmp_path) == ["pop3_many_waiting"]
    assert refused(host, web(), tmp_path, minutes=10) == ["pop3_many_waiting"]
    assert len(host.tried) == 1


def test_within_the_pause_nothing_else_is_tried(tmp_path: Path) -> None:
    host = host_with(user3_beispiel=answer("pass", "reply", "-ERR no"))
    assert refused(host, web(), tmp_path) == ["pop3_login_refused"]
    assert refused(host, web(), tmp_path, minutes=14) == ["pop3_proof_too_soon"]
    assert refused(host, web(OTHER_PASSWORD), tmp_path, minutes=14) == ["pop3_proof_too_soon"]
    assert len(host.tried) == 1
    assert refused(host, web(), tmp_path, minutes=16) == ["pop3_login_refused"]


def test_the_pause_holds_for_the_mailbox_whatever_its_name_and_host(tmp_path: Path) -> None:
    host = host_with(user3_beispiel=answer("pass", "reply", "-ERR no"))
    assert refused(host, web(), tmp_path) == ["pop3_login_refused"]
    upper = options(declared(3, username="User3@beispiel.de", port=110, **WEB))
    assert refused(host_with(), upper, tmp_path, minutes=5) == ["pop3_proof_too_soon"]


def test_where_no_pause_is_known_each_run_tries(tmp_path: Path) -> None:
    host = host_with(user3_beispiel=answer("pass", "reply", "-ERR no"))
    assert refused(host, new(), tmp_path) == refused(host, new(), tmp_path) == ["pop3_login_refused"]
    assert len(host.tried) == 2


def test_a_connection_that_breaks_counts_as_a_try(tmp_path: Path) -> None:
    host = host_with()
    host.breaks[3] = Break(ConnectionLost(reason_of("reply_cut", HOST)), after=1)
    assert refused(host, web(), tmp_path) == ["reply_cut"]
    assert refused(host, web(), tmp_path, minutes=1) == ["pop3_proof_too_soon"]


def test_the_ledger_holds_no_password_and_is_no_first_login(tmp_path: Path) -> None:
    run(host_with(), web(), tmp_path)
    ledger = Ledger(tmp_path / "ledger.sqlite")
    (event,) = ledger.events()
    assert event.kind == "pop3_login" and PASSWORD not in repr(event)
    assert ledger.first_login("user3@beispiel.de") is None
    assert b"pop3-engine-only" not in (tmp_path / "ledger.sqlite").read_bytes()


@pytest.mark.parametrize("told", [answer("done", None, "+OK", 3), answer("tls", "tls", "no common algorithm")])
def test_what_the_agent_warns_of_reaches_the_user_whatever_comes_of_the_proof(
    tmp_path: Path, told: dict[str, Any]
) -> None:
    host = host_with(user3_beispiel=told)
    host.warnings = ["This .NET is old."]
    try:
        said = " ".join(run(host, new(), tmp_path).notices)
    except MailflowError as error:
        said = str(error)
    assert "This .NET is old." in said


def test_a_proof_says_what_it_proves(tmp_path: Path) -> None:
    host = host_with(user3_beispiel=answer("done", None, "+OK", 3))
    (proof,) = run(host, new(), tmp_path).decision.facts["proofs"]
    assert "not that the connector" in proof["proves"]


def test_in_use_before_the_login_says_nothing_of_the_login() -> None:
    assert judge(IN_USE).in_use and not judge(BUSY).in_use


def test_a_proof_that_was_done_and_tells_nothing_proves_nothing(tmp_path: Path) -> None:
    host = host_with()
    host.silent_logins = True
    assert refused(host, new(), tmp_path) == ["reply_cut"]
    assert len(host.tried) == 1
