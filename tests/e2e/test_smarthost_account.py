"""The smarthost account from the first set-up to the day of the switch and beyond: what provider, host, ledger and
calendar show of it, and that no young mailbox gets past the gate."""

from __future__ import annotations

import base64
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Event, Ledger

from .accounts import (
    ANY_TIME,
    DAYS,
    NEW,
    OLD,
    PASSWORDS,
    YOUNG_LIMIT,
    AccountSite,
    account_site,
    ago,
    at_provider,
    hashed,
    mailbox,
    traffic,
)
from .running import (
    ROOT,
    WIZARDS_NAME,
    Run,
    connectors,
    days_ago,
    nouns_in,
    password_hash,
    state,
    writes,
)

BERLIN = ZoneInfo("Europe/Berlin")
TURNED = 'Birkenwald "neu" \u00df $(x) %s'
Start = Callable[..., AccountSite]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a site; the lab ends with the test."""
    with ExitStack() as stack:
        yield lambda state=None, **keys: stack.enter_context(account_site(tmp_path, state, **keys))


@pytest.fixture
def sbs(start: Start) -> AccountSite:
    """One untouched SBS 2011; at the provider the new mailbox is three days old."""
    return start()


def in_use(sbs: AccountSite, address: str, **ages: float) -> None:
    """The connector logs in with this mailbox; the provider's mailboxes have these ages."""
    assert sbs.lab.provider
    sbs.lab.provider.change({"mailboxes": at_provider(**ages)})
    sbs.in_use("sbs", address)


def note(sbs: AccountSite, kind: str, address: str, days: float, password: str | None = None) -> None:
    """Put an earlier line into the ledger."""
    ledger = Ledger(sbs.backups / "ledger.sqlite")
    print_of = ledger.fingerprint(address, password) if password else None
    ledger.record(Event(datetime.now(UTC) - timedelta(days=days), "sbs", address, kind, "noted", print_of))


def event_start(file: Path) -> datetime:
    """The beginning of the one event in a calendar file."""
    return start_in(file.read_bytes().decode())


def start_in(calendar: str) -> datetime:
    """The beginning of a calendar's one event."""
    lines = calendar.split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    (start,) = [line for line in lines if line.startswith("DTSTART:")]
    return datetime.strptime(start, "DTSTART:%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


# ---- from the first set-up to the switch


@dataclass(frozen=True)
class Moment:
    """A run, and what the lab shows of it: who logged in at the provider meanwhile, how many mails that took, how many
    processes the host ran; and after it the connector's login, the files, the ledger, and how mail fares."""

    run: Run
    logins: list[str]
    sent: int
    commands: int
    login: tuple[str, str] | None
    files: list[str]
    events: list[tuple[str, str]]
    mail: list[str]
    calendar: str


class Story(dict[str, Moment]):
    """The runs of one site by name."""

    def __init__(self, site: AccountSite) -> None:
        super().__init__()
        self.site = site

    def notice_of(self, called: str, age: float, *words: str, mails: int = 0, password: str = PASSWORDS[NEW]) -> None:
        """One run, with a new mailbox of this age and password."""
        sbs, provider = self.site, self.site.provider_of()
        logins, sent, commands = len(sbs.logins()), len(provider.records.accepted), sbs.host.log.count()
        boxes = [mailbox(NEW, age, password=password), mailbox(OLD, 300)]
        run = sbs.account(boxes, *words, calendar_file=str(sbs.backups / "next.ics"))
        self[called] = Moment(
            run,
            sbs.logins()[logins:],
            len(provider.records.accepted) - sent,
            sbs.host.log.count() - commands,
            sbs.login(),
            sorted(path.name for path in sbs.backups.glob("*") if path.is_file() and path.suffix != ".lock"),
            sbs.events() if (sbs.backups / "ledger.sqlite").exists() else [],
            sbs.mail(count=mails) if mails else [],
            calendar.read_bytes().decode() if (calendar := sbs.backups / "next.ics").exists() else "",
        )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """One site through its first weeks: looked at, set up, run again; once the new mailbox is old enough looked at,
    switched, run again; then with another password."""
    with account_site(tmp_path_factory.mktemp("story")) as sbs:
        story, provider = Story(sbs), sbs.provider_of()
        story.notice_of("looked", 3, "--check", "--diff", "-vvvv")
        story.notice_of("set up", 3, "--diff", "-vvvv", mails=YOUNG_LIMIT + 1)
        story.notice_of("settled", 3, "-e", "smarthost_account_expected_every_hours=26")
        provider.change({"mailboxes": at_provider(new=20)})
        story.notice_of("looked again", 20, "--check", "--diff")
        story.notice_of("switched", 20, "--diff", "-vvvv")
        story.notice_of("after", 20, mails=YOUNG_LIMIT + 3)
        provider.change({"mailboxes": [{"address": NEW, "password": TURNED}]})
        story.notice_of("turned", 20, "-vvvv", mails=1, password=TURNED)
        story.notice_of("settled with it", 20, password=TURNED)
        sbs.last_run(hours_ago=73)
        story.notice_of("late", 20, "-e", "smarthost_account_expected_every_hours=26", password=TURNED)
        yield story


@pytest.mark.parametrize(("name", "found", "address"), [("looked", None, OLD), ("looked again", OLD, NEW)])
def test_check_mode_shows_the_switch_and_tries_nothing(
    story: Story, name: str, found: str | None, address: str
) -> None:
    moment = story[name]
    result = moment.run.result()
    assert (moment.run.recap()["changed"], moment.commands, moment.logins) == (1, 1, [])
    assert moment.login == (hashed(found) if found else None)
    assert (result["decision"], result["login"], result["steps"]) == ("switch", address, [])
    assert f"login: {address}" in moment.run.output or address in moment.run.output
    assert [each["stage"] for each in result["stages"]] == ["gate"]


def test_check_mode_makes_neither_ledger_nor_calendar(story: Story) -> None:
    assert story["looked"].files == []
    assert story["looked again"].events == story["set up"].events


def test_the_old_mailbox_logs_in_while_the_new_one_is_young(story: Story) -> None:
    moment, looked = story["set up"], story["looked"]
    result = moment.run.result()
    assert (moment.run.recap()["changed"], moment.login, moment.logins) == (1, hashed(OLD), [OLD])
    assert result["plan"] == looked.run.result()["plan"] and Path(result["backup_file"]).is_file()
    assert [(each["address"], each["usable"]) for each in result["mailboxes"]] == [(NEW, False), (OLD, True)]
    assert [each["stage"] for each in result["stages"]] == ["gate", "proof", "write", "exchange"]
    assert moment.events == [("logged_in", OLD), ("written", OLD), ("switched", OLD)]
    assert moment.mail == ["delivered"] * (YOUNG_LIMIT + 1)


def test_the_connector_is_the_wizards_own_and_has_the_providers_values(story: Story) -> None:
    connector = connectors(story.site.host)[WIZARDS_NAME]
    shown = {key: connector[key] for key in ("SmartHosts", "SmartHostAuthMechanism", "RequireTLS")}
    assert shown == {
        "SmartHosts": ["localhost"],
        "SmartHostAuthMechanism": "BasicAuthRequireTLS",
        "RequireTLS": True,
    }
    assert (connector["Port"], connector["ProtocolLoggingLevel"]) == (story.site.lab.provider.port, "Verbose")


def test_the_next_date_is_told_and_in_the_calendar(story: Story) -> None:
    moment = story["set up"]
    result = moment.run.result()
    told = datetime.fromisoformat(result["next_date"])
    due = datetime.now(UTC) + timedelta(days=11)
    assert abs(told - due) < timedelta(hours=2) and result["next_event"] == f"the login switches to {NEW}"
    assert moment.files == ["ledger.sqlite", "ledger.sqlite.key", "next.ics"]
    # The second run may have moved it by a minute, since the ages are given as moments of their runs.
    assert abs(start_in(story["settled"].calendar) - told) < timedelta(minutes=2)


def test_the_calendar_has_no_date_any_more_once_it_has_come(story: Story) -> None:
    assert "BEGIN:VEVENT" in story["looked again"].calendar
    assert story["switched"].calendar and "BEGIN:VEVENT" not in story["switched"].calendar


NEXT = rf"{NEW} takes over on \d{{4}}-\d\d-\d\d \([A-Z][a-z]+day\) \d\d:\d\d CES?T: it is 14 days old then"
SETTLED = "it is the preferred one, nothing is left to switch"
LINES = {
    "looked": rf"nobody logs in; a run without --check lets {OLD} take over now; {NEXT}",
    "set up": rf"{OLD} logs in from now on, instead of nobody; {NEXT}",
    "settled": rf"{OLD} logs in; {NEXT}",
    "looked again": rf"{OLD} logs in; a run without --check lets {NEW} take over now",
    "switched": rf"{NEW} logs in from now on, instead of {OLD}; {SETTLED}",
    "after": rf"{NEW} logs in; {SETTLED}",
    "turned": rf"{NEW} logs in; {SETTLED}",
}


@pytest.mark.parametrize("name", LINES)
def test_each_run_prints_one_line_of_who_takes_over_and_when(story: Story, name: str) -> None:
    run = story[name].run
    line, *undo = [line for line in run.output.splitlines() if line.startswith("[sbs] ")]
    assert re.fullmatch(rf"\[sbs\] {LINES[name]}", line)
    assert [f"[sbs] {said}" for said in run.result()["said"]] == [line, *undo]
    assert len(undo) == (1 if run.result()["backup_file"] else 0)


def test_a_timer_that_stood_still_is_told_of_by_its_next_run(story: Story) -> None:
    run = story["late"].run
    (warning,) = run.result()["warnings"]
    assert "has not run on this host for 73 hours" in warning and "expected every 26 hours" in warning
    assert "has not run on this host for 73 hours" in " ".join(run.output.split())


@pytest.mark.parametrize("name", ["settled", "after", "settled with it"])
def test_a_run_without_anything_to_do_costs_one_process(story: Story, name: str) -> None:
    moment = story[name]
    assert (moment.run.code, moment.run.recap()["changed"], moment.commands, moment.logins) == (0, 0, 1, [])
    assert (moment.run.result()["decision"], moment.run.result().get("warnings")) == ("keep", None)


def test_the_preferred_mailbox_is_proven_and_written_once_it_is_old_enough(story: Story) -> None:
    moment = story["switched"]
    result = moment.run.result()
    assert (moment.run.recap()["changed"], moment.login, moment.logins) == (1, hashed(NEW), [NEW, OLD])
    assert result["plan"] == story["looked again"].run.result()["plan"]
    assert (result["next_date"], result["next_event"]) == (None, None)
    assert moment.events[-4:] == [("logged_in", NEW), ("logged_in", OLD), ("written", NEW), ("switched", NEW)]
    assert moment.commands == 3  # read, proven, written and read back


def test_it_may_send_more_than_a_young_mailbox(story: Story) -> None:
    assert story["after"].mail == ["delivered"] * (YOUNG_LIMIT + 3)


def test_another_password_is_noticed_proven_and_written(story: Story) -> None:
    moment = story["turned"]
    assert (moment.run.recap()["changed"], moment.logins) == (1, [NEW])
    assert moment.login == (NEW, password_hash(TURNED)) and moment.mail == ["delivered"]
    assert moment.events[-2:] == [("logged_in", NEW), ("written", NEW)]


def test_ledger_and_key_are_their_owners_alone(story: Story) -> None:
    place = story.site.backups
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.glob("ledger*")}
    assert modes == {"ledger.sqlite": 0o600, "ledger.sqlite.key": 0o600}
    assert len((place / "ledger.sqlite.key").read_bytes()) == 32


def test_no_run_has_sent_a_message(story: Story) -> None:
    assert [moment.sent for moment in story.values()] == [0] * len(story)


def test_nothing_is_left_open_on_the_host(story: Story) -> None:
    assert story.site.host.open_shells == 0
    assert writes(story.site.host).count("Set-SendConnector") == 3


# ---- other connectors than the wizard's

FOREIGN = "fremd@beispiel.de"


@dataclass(frozen=True)
class Found:
    """The login that the connector has (None: there is no connector), the mailboxes, whether the first run fails, what
    it decides, the login then, and words of what it says."""

    login: str | None
    boxes: list[dict[str, Any]]
    fails: bool
    decision: str
    after: str | None
    words: str


FOUND = {
    "missing": Found(None, [mailbox(NEW, 3), mailbox(OLD, 300)], False, "switch", OLD, ""),
    "missing-and-all-young": Found(None, [mailbox(NEW, 3), mailbox(OLD, 5)], True, "nobody", None, "at least 14 days"),
    "foreign": Found(FOREIGN, [mailbox(NEW, 3), mailbox(OLD, 300)], False, "switch", OLD, ""),
    "foreign-and-all-young": Found(
        FOREIGN, [mailbox(NEW, 3)], False, "keep", FOREIGN, "none of the declared mailboxes"
    ),
    "young": Found(NEW, [mailbox(NEW, 3)], False, "keep", NEW, "too young and already in use"),
    "in-capitals": Found(OLD.upper(), [mailbox(NEW, 3), mailbox(OLD, 300)], False, "keep", OLD.upper(), ""),
}


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AccountSite, Run, Run]]:
    """Hosts whose connectors have these logins and a wrong port, run twice."""
    with ExitStack() as stack:
        many = stack.enter_context(account_site(tmp_path_factory.mktemp("drifted"), hosts=list(FOUND)))
        many.give_providers(stack, {"mailboxes": at_provider(new=3, old=300)})
        for name, found in FOUND.items():
            if found.login:
                many.in_use(name, found.login, Port=25)
            else:
                many.lab.hosts[name].machine.change({"remove": [WIZARDS_NAME]})
        declarations = {name: {"mailboxes": found.boxes} for name, found in FOUND.items()}
        calendar = {"calendar_file": str(many.backups / "all.ics")}
        yield many, many.accounts(declarations, **calendar), many.accounts(declarations, **calendar)


def test_many_hosts_at_once_have_a_line_and_an_event_each(drifted: tuple[AccountSite, Run, Run]) -> None:
    many, *runs = drifted
    for run in runs:
        lines = [line for line in run.output.splitlines() if "To undo this run" not in line]
        assert [sum(line.startswith(f"[{name}] ") for line in lines) for name in FOUND] == [1] * len(FOUND)
    calendar = (many.backups / "all.ics").read_text()
    dated = [name for name in FOUND if runs[-1].result(host=name)["next_date"]]
    assert len(dated) > 4 and calendar.count("BEGIN:VEVENT") == len(dated)
    assert [name for name in dated if f"UID:smarthost_account-{name}@sbs.mailflow" not in calendar] == []


@pytest.mark.parametrize("name", FOUND)
def test_the_rest_of_a_connector_is_kept_whatever_its_login(drifted: tuple[AccountSite, Run, Run], name: str) -> None:
    many, run, again = drifted
    found, host = FOUND[name], many.lab.hosts[name]
    result, record = run.result(host=name), run.task(host=name)
    assert (record["status"] == "failed", result["decision"]) == (found.fails, found.decision)
    assert found.words in "\n".join([result.get("msg", ""), *result.get("warnings", [])])
    assert result["changed"] is not found.fails and again.result(host=name)["changed"] is False
    if found.fails:
        assert connectors(host) == {} and not list(many.backups.glob(f"{name}/*.json"))
        return
    (connector,) = connectors(host).values()
    assert (connector["Name"], connector["Port"]) == ("Smarthost Lab", many.provider_of(name).port)
    assert connector["AuthenticationCredential"]["UserName"] == found.after
    assert many.logins(name) == ([OLD] if found.decision == "switch" else [])  # nothing is tried that is not written


def test_only_an_approved_plan_is_carried_out(sbs: AccountSite) -> None:
    boxes = [mailbox(NEW, 3), mailbox(OLD, 300)]
    digest = sbs.account(boxes, "--check").result()["plan"]["digest"]
    other = sbs.account(boxes, approved_plan="0" * 64)
    assert other.recap()["failed"] == 1 and digest in other.result()["msg"]
    assert (sbs.login(), sbs.logins(), writes(sbs.host)) == (None, [], [])
    assert sbs.account(boxes, approved_plan=digest).recap()["changed"] == 1 and sbs.login() == hashed(OLD)


def test_a_host_that_is_not_there_leaves_no_trace(sbs: AccountSite) -> None:
    sbs.lab.order_fault("sbs", {"kind": "refuse_port"})
    run = sbs.account([mailbox(OLD, 300)], calendar_file=str(sbs.backups / "next.ics"))
    assert (run.recap()["unreachable"], run.recap()["failed"], sbs.backups.exists()) == (1, 0, False)


# ---- no young mailbox gets past the gate

YOUNG = mailbox(NEW, 3)
YOUNG_WORDS = [NEW, "at least 14 days", "It may be used from"]
GATE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "by the action itself": ({"mailboxes": [YOUNG]}, YOUNG_WORDS),
    "by a date that counts from its end": ({"mailboxes": [{**YOUNG, "created": days_ago(13)}]}, YOUNG_WORDS),
    "with a lower minimum": ({"mailboxes": [{**YOUNG, "minimum_age_days": 2}]}, ["minimum_age_days: 2", "14 days"]),
    "with no minimum": ({"mailboxes": [{**YOUNG, "minimum_age_days": 0}]}, ["minimum_age_days: 0", "14 days"]),
    "at a provider that asks for less": (
        {
            "mailboxes": [YOUNG],
            "provider": {"name": "Lab", "smtp_host": "localhost", "starttls_port": 587, "minimum_age_days": 1},
        },
        ["minimum_age_days", "14"],
    ),
    "at one that asks for thirty days": ({"mailboxes": [mailbox(NEW, 20)], "provider": "ionos"}, ["at least 30 days"]),
    "against one that asks for thirty days": (
        {"mailboxes": [{**mailbox(NEW, 20), "minimum_age_days": 14}], "provider": "ionos"},
        ["minimum_age_days: 14", "30 days or more"],
    ),
    "with a login of the connector": (
        {"mailboxes": [mailbox(OLD, 300)], "connector": {"login": {**YOUNG, "username": NEW}}},
        ["connector.login", "Leave it out"],
    ),
    "under the name of an old one": (
        {"mailboxes": [YOUNG, {**mailbox(OLD, 300), "username": NEW.upper()}]},
        ["the mailbox info@beispiel.de twice"],
    ),
    "with a moment of its own": ({"mailboxes": [YOUNG], "now": "2099-01-01"}, ["option now", "spelling"]),
    "with the mailbox's own moment": ({"mailboxes": [{**YOUNG, "now": "2099-01-01"}]}, ["option now", "spelling"]),
    "by a plan that was approved": ({"mailboxes": [YOUNG], "approved_plan": "0" * 64}, YOUNG_WORDS),
    "unproven": ({"mailboxes": [YOUNG], "accept_unproven": True, "update_password": "always"}, YOUNG_WORDS),
    "made again": ({"mailboxes": [{**YOUNG, "recreated": True}]}, YOUNG_WORDS),
    "made in the future": ({"mailboxes": [{**YOUNG, "created": ago(-1)}]}, ["in the future"]),
    "made at a time nobody knows": ({"mailboxes": [{**YOUNG, "created": None}]}, ["created"]),
    "among others that are young": (
        {"mailboxes": [YOUNG, mailbox(OLD, 13.9)]},
        [*YOUNG_WORDS, OLD, "3.0 days old", "13.9 days old"],
    ),
}


def connector_of(login: dict[str, Any]) -> dict[str, Any]:
    """The same login by the connector's own action."""
    options = {"name": "Umweg", "address_spaces": ["*"], "smart_hosts": ["localhost"], "exclusive": True}
    tls = {"smart_host_auth_mechanism": "BasicAuthRequireTLS", "require_tls": True}
    own = {"username": login["address"], "password": login["password"], "created": login["created"]}
    return {"name": "by the connector's action", "sbs.mailflow.send_connector": {**options, **tls, "login": own}}


def test_no_young_mailbox_gets_past_the_gate(sbs: AccountSite) -> None:
    before = state(sbs.host)
    tasks = [sbs.account_task(name, **options) for name, (options, _) in GATE.items()]
    defaults = {"sbs.mailflow.smarthost_account": sbs.declared([YOUNG])}
    bare = {"name": "by defaults of the module", "sbs.mailflow.smarthost_account": {}}
    plays = [
        {"tasks": [*tasks, connector_of(YOUNG)], "vars": {"now": "2099-01-01"}},
        {"tasks": [bare], "module_defaults": defaults},
    ]
    common = {"hosts": "sbs", "gather_facts": False, "ignore_errors": True}
    run = sbs.playbook([{**common, **play} for play in plays], "-vvvv", TZ="Pacific/Kiritimati")
    expected = {name: words for name, (_, words) in GATE.items()}
    expected |= {"by the connector's action": YOUNG_WORDS, "by defaults of the module": YOUNG_WORDS}
    assert run.recap()["ignored"] == len(expected)
    for name, words in expected.items():
        assert [word for word in words if word not in run.result(name)["msg"]] == [], (name, run.result(name)["msg"])
        assert run.result(name)["changed"] is False
    assert state(sbs.host) == before and writes(sbs.host) == [] and sbs.logins() == []


@pytest.mark.parametrize("playbook", ["switch_smarthost_account", "site"])
def test_no_variable_brings_one_past_it(sbs: AccountSite, playbook: str) -> None:
    lies = {
        "now": "2099-01-01",
        "ansible_date_time": {"iso8601": "2099-01-01T00:00:00Z", "date": "2099-01-01", "epoch": "4070908800"},
        "minimum_age_days": 0,
        "floor_days": 0,
        "smarthost_account_approved_plan": "0" * 64,
        "smarthost_account_accept_unproven": True,
    }
    unknown = {"smarthost_account_now": "2099-01-01", "smarthost_account_minimum_age_days": 0}
    for told, words in ((lies, YOUNG_WORDS), ({**lies, **unknown}, list(unknown))):
        extra = f"@{sbs.write('lies.yml', told)}"
        run = sbs.account([YOUNG], "-e", extra, "--tags", "all,always,never", "--force-handlers", playbook=playbook)
        assert run.recap()["failed"] == 1 and [word for word in words if word not in run.result()["msg"]] == []
    assert writes(sbs.host) == [] and sbs.logins() == []


def test_a_misspelled_variable_is_refused(sbs: AccountSite) -> None:
    run = sbs.account([mailbox(OLD, 300)], minimum_age=3)
    assert run.recap()["failed"] == 1 and "smarthost_account_minimum_age" in run.output
    assert sbs.host.log.count() == 0


def test_a_young_mailbox_that_is_in_use_stays_and_may_get_its_new_password(sbs: AccountSite) -> None:
    in_use(sbs, NEW, new=3)
    kept = sbs.account([YOUNG, mailbox(OLD, 5)], calendar_file=str(sbs.backups / "next.ics"))
    result = kept.result()
    relief = datetime.now(UTC) + timedelta(days=9)  # the other one is old enough before it
    warning = "\n".join(result["warnings"])
    assert (kept.code, kept.recap()["changed"], sbs.login()) == (0, 0, hashed(NEW))
    due = (datetime.now(BERLIN) + timedelta(days=11)).date()
    assert f"The login {NEW} is too young and already in use" in warning
    assert f"old enough on {due}" in warning or f"old enough on {due - timedelta(days=1)}" in warning
    assert abs(datetime.fromisoformat(result["next_date"]) - relief) < timedelta(hours=2)
    sbs.provider_of().change({"mailboxes": [{"address": NEW, "password": TURNED}]})
    turned = sbs.account([{**YOUNG, "password": TURNED}], "-vvvv", update_password="always")
    assert (turned.recap()["changed"], sbs.login()) == (1, (NEW, password_hash(TURNED)))
    assert sbs.mail() == ["delivered"]


# ---- when a switch may happen


def day_after_tomorrow() -> tuple[str, datetime]:
    """A day of the week on which the window is not open now, and its next eight o'clock."""
    day = datetime.now(BERLIN).date() + timedelta(days=2)
    return DAYS[day.weekday()], datetime(day.year, day.month, day.day, 8, tzinfo=BERLIN)


def test_outside_its_window_a_switch_waits_and_the_calendar_says_until_when(sbs: AccountSite) -> None:
    in_use(sbs, OLD, new=20)
    day, opens = day_after_tomorrow()
    file = sbs.backups / "kalender" / "next.ics"
    closed = {"switch_window": {"days": [day], "from": "08:00", "to": "09:30"}, "calendar_file": str(file)}
    boxes = [mailbox(NEW, 20), mailbox(OLD, 300)]
    looked = sbs.account(boxes, "--check", **closed)
    assert (looked.result()["decision"], file.exists()) == ("postpone", False)
    waited = sbs.account(boxes, **closed)
    result = waited.result()
    assert (waited.recap()["changed"], result["decision"], result["login"]) == (0, "postpone", OLD)
    assert datetime.fromisoformat(result["next_date"]) == opens and result["next_date"] == opens.isoformat()
    assert f"{opens:%Y-%m-%d %H:%M}" in result["why"]
    assert event_start(file) == opens and NEW in re.sub(r"\r\n ", "", file.read_bytes().decode())
    assert (sbs.login(), sbs.logins()) == (hashed(OLD), [])
    done = sbs.account(boxes, **{**closed, "switch_window": ANY_TIME})
    assert (done.recap()["changed"], sbs.login()) == (1, hashed(NEW))


def test_a_calendar_that_cannot_be_written_is_told_beside_what_was_done(sbs: AccountSite) -> None:
    (sbs.folder / "file").write_text("")
    run = sbs.account([YOUNG, mailbox(OLD, 300)], calendar_file=str(sbs.folder / "file" / "next.ics"))
    result = run.result()
    assert (run.recap()["failed"], result["changed"], sbs.login()) == (1, True, hashed(OLD))
    assert "The changes on the host remain" in result["msg"]
    assert sbs.events()[-1] == ("switched", OLD)


@pytest.mark.parametrize("before", [None, NEW])
def test_a_first_set_up_and_a_way_out_of_a_young_mailbox_do_not_wait(sbs: AccountSite, before: str | None) -> None:
    if before:
        in_use(sbs, before, new=3)
    closed = {"days": [day_after_tomorrow()[0]]}
    run = sbs.account([YOUNG, mailbox(OLD, 300)], switch_window=closed)
    assert (run.recap()["changed"], run.result()["decision"], sbs.login()) == (1, "switch", hashed(OLD))


# ---- what the ledger knows


def test_a_login_that_nobody_wrote_down_is_kept_and_its_password_not_written_unasked(sbs: AccountSite) -> None:
    in_use(sbs, NEW, new=20)
    boxes = [mailbox(NEW, 20), mailbox(OLD, 300)]
    for words in (["--check"], []):
        run = sbs.account(boxes, *words)
        assert (run.recap()["changed"], run.result()["decision"]) == (0, "keep")
        warned = "\n".join(run.result()["warnings"])
        assert "The ledger has no record of the password written" in warned
        assert f"The ledger {sbs.backups / 'ledger.sqlite'} is new, although" in warned and "a volume" in warned
    assert sbs.account(boxes, update_password="always").recap()["changed"] == 1
    settled = sbs.account(boxes)
    assert (settled.recap()["changed"], settled.result().get("warnings")) == (0, None)
    assert sbs.events() == [("logged_in", NEW), ("written", NEW)]


def test_a_key_that_is_lost_is_told(sbs: AccountSite) -> None:
    in_use(sbs, NEW, new=20)
    note(sbs, "written", NEW, 1, PASSWORDS[NEW])
    assert sbs.account([mailbox(NEW, 20)]).result().get("warnings") is None
    (sbs.backups / "ledger.sqlite.key").unlink()
    run = sbs.account([mailbox(NEW, 20, password=TURNED)])
    assert run.recap()["changed"] == 0 and "has no record of the password" in "\n".join(run.result()["warnings"])


def test_a_ledger_that_cannot_be_used_is_refused_and_left_as_it_is(sbs: AccountSite) -> None:
    before = state(sbs.host)
    places = {name: sbs.backups / name for name in ("corrupt", "foreign", "folder", "file/ledger.sqlite")}
    sbs.backups.mkdir()
    places["corrupt"].write_bytes(b"SQLite format 3\0" + b"\xff" * 200)
    places["foreign"].write_bytes(b"Dies ist kein Buch." * 50)
    places["folder"].mkdir()
    (sbs.backups / "file").write_text("a file and no folder")
    kept = {name: path.read_bytes() for name, path in places.items() if path.is_file()}
    tasks = [
        {**sbs.account_task(f"{name}{mode}", [mailbox(OLD, 300)], ledger=str(path)), "check_mode": bool(mode)}
        for name, path in places.items()
        for mode in ("", ", looked at")
    ]
    run = sbs.play([{**task, "ignore_errors": True} for task in tasks], "-vvvv")
    assert run.recap()["ignored"] == len(tasks)
    for task in tasks:
        message = run.result(task["name"])["msg"]
        assert "found a ledger that cannot be used" in message and "It is left unchanged" in message
    assert {name: places[name].read_bytes() for name in kept} == kept
    assert state(sbs.host) == before and sbs.logins() == []


def test_a_ledger_that_fails_after_the_write_hides_nothing(sbs: AccountSite) -> None:
    in_use(sbs, OLD, new=20)
    ledger, ink = sbs.backups / "ledger.sqlite", sbs.backups.with_name("ink")
    ink.write_bytes(b"Tinte")
    # Put in its place: a transaction that is under way would write its pages over what is written into the file.
    with traffic(sbs, "sbs", lambda: ink.replace(ledger)):
        run = sbs.account([mailbox(NEW, 20), mailbox(OLD, 300)], wait_for_session=8)
    result = run.result()
    assert (run.recap()["failed"], result["changed"], run.statuses()) == (1, True, ["done"])
    assert "a ledger that cannot be used" in result["msg"] and ledger.read_bytes() == b"Tinte"
    assert [each["stage"] for each in result["stages"]][-2:] == ["write", "exchange"]
    assert sbs.login() == hashed(NEW)


def test_two_hosts_at_once_write_into_one_ledger(start: Start) -> None:
    sbs = start(hosts=["sbs01", "sbs02"])
    boxes = [YOUNG, mailbox(OLD, 300)]
    run = sbs.account(boxes, "--forks", "2")
    assert [run.recap(name)["changed"] for name in ("sbs01", "sbs02")] == [1, 1]
    written = [("logged_in", OLD), ("written", OLD), ("switched", OLD)]
    assert [sbs.events(host=name) for name in ("sbs01", "sbs02")] == [written, written]
    assert [sbs.login(name) for name in ("sbs01", "sbs02")] == [hashed(OLD), hashed(OLD)]
    settled = sbs.account(boxes)
    assert [settled.recap(name)["changed"] for name in ("sbs01", "sbs02")] == [0, 0]
    assert settled.result(host="sbs02").get("warnings") is None  # they share the key, too


def test_a_password_refused_on_one_host_is_not_tried_on_the_next(start: Start) -> None:
    sbs = start(hosts=["sbs01", "sbs02"])
    sbs.provider_of().change({"mailboxes": at_provider(new=20)})
    for name in ("sbs01", "sbs02"):
        sbs.in_use(name)
    boxes = [mailbox(NEW, 20, password=TURNED), mailbox(OLD, 300)]
    run = sbs.account(boxes, "--forks", "1")
    assert [run.recap(name)["failed"] for name in ("sbs01", "sbs02")] == [1, 0]
    assert (sbs.refused_logins(), sbs.events()) == ([NEW], [("refused", NEW), ("logged_in", OLD)])
    assert f"The mailbox {NEW} is not tried" in "\n".join(run.result(host="sbs02")["warnings"])


def test_an_age_that_was_observed_is_all_that_counts_where_that_is_required(sbs: AccountSite) -> None:
    in_use(sbs, OLD, new=20)
    note(sbs, "logged_in", OLD, 200)
    boxes, strict = [mailbox(NEW, 20), mailbox(OLD, 300)], {"require_observed_age": True}
    looked = sbs.account(boxes, "--check", **strict)
    assert (looked.result()["decision"], sbs.logins()) == ("keep", [])
    assert "no observed login" in looked.result()["mailboxes"][0]["barred"]
    seen = sbs.account(boxes, **strict)
    result = seen.result()
    assert (seen.recap()["changed"], sbs.logins()) == (0, [NEW])
    assert [(each["stage"], each["outcome"]) for each in result["stages"]] == [
        ("observation", "proven"),
        ("gate", "keep"),
    ]
    due = datetime.now(UTC) + timedelta(days=14)
    usable_from = datetime.fromisoformat(result["mailboxes"][0]["usable_from"])
    assert result["mailboxes"][0]["barred"] is None and abs(usable_from - due) < timedelta(hours=2)
    assert sbs.account(boxes, **strict).recap()["changed"] == 0 and sbs.logins() == [NEW]
    # Fourteen days later: the same line, that much older.
    (sbs.backups / "ledger.sqlite").unlink()
    note(sbs, "logged_in", OLD, 214)
    note(sbs, "logged_in", NEW, 14.1)
    assert sbs.account(boxes, **strict).result()["decision"] == "switch"
    assert sbs.login() == hashed(NEW)


def test_a_creation_after_an_observed_login_is_refused_unless_it_was_made_again(sbs: AccountSite) -> None:
    in_use(sbs, OLD, new=20)
    note(sbs, "logged_in", NEW, 40)
    boxes = [mailbox(NEW, 20), mailbox(OLD, 300)]
    refused = sbs.account(boxes)
    assert refused.recap()["failed"] == 1 and "declare recreated: true" in refused.result()["msg"]
    assert (sbs.login(), sbs.logins()) == (hashed(OLD), [])
    again = [mailbox(NEW, 20, recreated=True), mailbox(OLD, 300)]
    assert sbs.account(again).result()["decision"] == "switch" and sbs.login() == hashed(NEW)
    assert ("recreated", NEW) in sbs.events()
    assert sbs.account(again).recap()["changed"] == 0


# ---- playbooks, filters, the test


def test_the_site_playbook_takes_the_account_where_mailboxes_are_declared(start: Start) -> None:
    sbs = start(hosts=["sbs01", "sbs02"])
    plain = {"send_connector_name": "Ohne", "send_connector_adopt": True, "send_connector_address_spaces": ["*"]}
    hosts = {"sbs01": {f"smarthost_account_{key}": value for key, value in sbs.declared([mailbox(OLD, 300)]).items()}}
    hosts["sbs02"] = {**plain, "send_connector_smart_hosts": ["mail.example"], "send_connector_port": 587}
    run = sbs.project("site", hosts=hosts, send_connector_backup_dir=str(sbs.backups))
    assert [run.recap(name)["changed"] for name in ("sbs01", "sbs02")] == [1, 1]
    done = {name: nouns_in(run.result(host=name)) for name in ("sbs01", "sbs02")}
    assert done == {"sbs01": ["smarthost_account"], "sbs02": ["send_connector"]}
    assert (sbs.login("sbs01"), sbs.login("sbs02")) == (hashed(OLD), None)


PLANS = {
    "go_live=2026-03-02": ["To log in from 2026-03-02 on, a mailbox must be created on 2026-02-15 at the latest."],
    "created=2026-02-15": ["A mailbox created on 2026-02-15 may log in from 2026-03-02T00:00:00+01:00 on."],
    "go_live=2026-03-02 minimum_age_days=30": ["must be created on 2026-01-30 at the latest"],
    "created=2026-02-15 go_live=2026-03-02": ["2026-02-15 at the latest", "from 2026-03-02T00:00:00+01:00 on"],
    "created=2026-02-15 minimum_age_days=3": ["14 days"],
    "go_live=morgen": ["cannot be parsed"],
}


@pytest.mark.parametrize("given", PLANS)
def test_the_plan_needs_no_host(sbs: AccountSite, given: str) -> None:
    run = sbs.run(ROOT / "playbooks" / "plan_smarthost_account.yml", "-i", "localhost,", "-e", given)
    text = " ".join(str(each["result"].get("msg", "")) for each in run.tasks)
    assert [word for word in PLANS[given] if word not in text] == []
    assert run.recap("localhost")["failed"] == given.endswith(("=3", "=morgen"))
    assert sbs.host.log.count() == 0


def shown(name: str) -> dict[str, str]:
    """What is asked of the filters, and of the test, by their short or their full names."""
    return {
        "chosen": f"{{{{ (boxes | {name}choose_mailbox(now='2026-03-01')).address }}}}",
        "none": f"{{{{ boxes | {name}choose_mailbox(now='2026-01-20') is none }}}}",
        "thirty days": f"{{{{ (boxes | {name}choose_mailbox(now='2026-02-10', provider='ionos')).address }}}}",
        "required": f"{{{{ (boxes | {name}require_mailbox(now='2026-01-26')).address }}}}",
        "refused": f"{{{{ boxes | {name}require_mailbox(now='2026-01-20') }}}}",
        "latest": f"{{{{ '2026-03-02' | {name}latest_creation }}}}",
        "usable": f"{{{{ '2026-02-15' | {name}usable_from(30) }}}}",
        "old enough": f"{{{{ boxes[1] is {name}old_enough(now='2026-03-01') }}}}",
        "too young": f"{{{{ boxes[0] is {name}old_enough(now='2026-01-20') }}}}",
        "now": f"{{{{ boxes | {name}choose_mailbox is mapping }}}}",
    }


@pytest.mark.parametrize("name", ["", "sbs.mailflow."])
def test_filters_and_the_test_answer_in_a_playbook(sbs: AccountSite, name: str) -> None:
    boxes = [
        {"address": NEW, "password": PASSWORDS[NEW], "created": "2026-01-12"},
        {"address": OLD, "password": PASSWORDS[OLD], "created": "2026-01-10"},
    ]
    tasks = [{"name": title, "ansible.builtin.debug": {"msg": text}} for title, text in shown(name).items()]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "ignore_errors": True}
    run = sbs.playbook([{**play, "tasks": tasks, "vars": {"boxes": boxes}}], "-vvvv")
    told = {each["task"]: each["result"].get("msg") for each in run.tasks}
    refusal = told.pop("refused")
    assert [word for word in (NEW, OLD, "at least 14 days") if word not in refusal] == []
    assert {title: str(text) for title, text in told.items()} == {
        "chosen": NEW,
        "none": "True",
        "thirty days": OLD,
        "required": OLD,
        "latest": "2026-02-15",
        "usable": "2026-03-18T00:00:00+01:00",
        "old enough": "True",
        "too young": "False",
        "now": "True",
    }


# ---- secrets

LOOSE = "aGVsbG8= ''\\\"quoted\\\"\\t{}[]%(x)s $HOME `id` <b>&amp; \u00e9\u0301 \u2603 Sandbank-Wetterhahn"
ASCII = "Sandbank-Wetterhahn-4711"
SHOWN = base64.b64encode(ASCII.encode()).decode()
SECRET: dict[str, tuple[str, dict[str, str]]] = {
    "odd": (LOOSE, {}),
    "long": ("Sandbank \u00fc " * 100 + "$", {}),
    "backslash": ("Sandbank\\", {}),
    "quote": ("'Sandbank\"", {}),
    "said-aloud": (ASCII, {"auth": f"535 5.7.8 No such password: {ASCII}"}),
    "said-in-base64": (ASCII, {"auth": f"535 5.7.8 No such password: {SHOWN}"}),
    "said-at-mail": (ASCII, {"mail": f"550 5.7.1 Your password is {ASCII}, and {SHOWN}"}),
    "said-for-now": (ASCII, {"auth": f"454 4.7.0 Later with {ASCII}"}),
    "said-on-connecting": (ASCII, {"connect": f"554 5.7.1 {ASCII} {SHOWN}"}),
}


def test_no_password_is_told_whatever_it_looks_like_and_whatever_the_provider_says(tmp_path: Path) -> None:
    with ExitStack() as stack:
        many = stack.enter_context(account_site(tmp_path, hosts=list(SECRET)))
        many.give_providers(stack, {"mailboxes": at_provider(new=20, old=300)})
        for name, (password, stages) in SECRET.items():
            boxes = [{"address": NEW, "password": password}]
            many.provider_of(name).change({"mailboxes": boxes, "stages": stages})
        declarations = {
            name: {"mailboxes": [mailbox(NEW, 20, password=password), mailbox(OLD, 3)]}
            for name, (password, _) in SECRET.items()
        }
        calendar = {"calendar_file": str(many.backups / "{{ inventory_hostname }}.ics")}
        run = many.accounts(declarations, "-vvvv", "--diff", **calendar)
        assert [name for name in SECRET if run.recap(name)["failed"] != (name.startswith("said"))] == []
        written = {name: many.login(name) for name, (_, stages) in SECRET.items() if not stages}
        assert written == {name: (NEW, password_hash(SECRET[name][0])) for name in written}
        assert "No such password: ********" in run.result(host="said-aloud")["msg"]
        kept = [run.output, *(path.read_bytes().decode("utf-8", "replace") for path in many.backups.rglob("*.*"))]
        passwords = {password for password, _ in SECRET.values()}
        encoded = {base64.b64encode(password.encode()).decode() for password in passwords}
        assert [code for code in encoded for text in kept if code in text] == []
