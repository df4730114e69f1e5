"""The main job once more with a real PowerShell behind the endpoint: the agent that ships is the agent that runs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.parts import needs_exchange

from .accounts import CUSTOMER, NEW, OLD, account_site, at_provider, hashed, mailbox, traffic
from .conftest import StartSite
from .running import (
    ENDPOINT_PASSWORD,
    MAILBOX_PASSWORD,
    NEW_PASSWORD,
    WIZARDS_NAME,
    connectors,
    login,
    password_hash,
    settings,
    smarthost,
    state,
    writes,
)
from .snowballs import delivered, lab_state, last, play, snowball_site

pytestmark = pytest.mark.pwsh


def test_the_main_job_and_the_way_back(start: StartSite) -> None:
    site = start(backend="pwsh")
    before, host = state(site.host), site.host
    looked = site.role(smarthost(), "--check", "--diff")
    assert looked.recap()["changed"] == 1 and state(host) == before
    changed = site.role(smarthost(), "-vvvv")
    assert (changed.recap()["changed"], changed.statuses()) == (1, ["done"])
    assert changed.result()["plan"] == looked.result()["plan"]
    connector = connectors(host)[WIZARDS_NAME]
    assert (connector["SmartHosts"], connector["Port"]) == (["smtp.strato.de"], 587)
    assert connector["AuthenticationCredential"]["password_sha256"] == password_hash(MAILBOX_PASSWORD)
    assert site.role(smarthost()).recap()["changed"] == 0
    assert (host.log.count(), host.open_shells) == (4, 0)
    backup_file = changed.result()["backup_file"]
    assert site.restore(backup_file, confirm_no_smarthost=True).recap()["changed"] == 1
    assert connectors(host)[WIZARDS_NAME]["DNSRoutingEnabled"] is True


def test_a_german_server_and_odd_texts(start: StartSite) -> None:
    site = start("sbs2011_german", backend="pwsh")
    (name,) = connectors(site.host)
    comment = "Zeile \u201eeins\u201c \u2019 '\nZeile $zwei `n \U0001f4e7 \u00df"
    desired = smarthost(comment=comment, max_message_size="25MB", login=login(password=f"{MAILBOX_PASSWORD}\u2019'"))
    assert site.connector("-vvvv", **desired).statuses() == ["done"]
    connector = connectors(site.host)[name]
    assert (connector["Comment"], connector["MaxMessageSize"]) == (comment, "25 MB (26.214.400 bytes)")
    assert connector["AuthenticationCredential"]["password_sha256"] == password_hash(f"{MAILBOX_PASSWORD}\u2019'")
    assert site.connector(**desired).recap()["changed"] == 0


def test_the_first_failing_step_ends_the_plan(start: StartSite) -> None:
    site = start("two_star_connectors", backend="pwsh")
    site.lab.order_fault("sbs", {"kind": "fail_cmdlet", "cmdlet": "Set-SendConnector", "message": "Verboten."})
    run = site.connector("-vvvv", **smarthost(adopt=None, exclusive=True))
    assert run.statuses() == ["done", "failed", "not_tried"]
    assert "Verboten." in run.result()["msg"] and "1 of 3 steps" in run.result()["msg"]
    assert {name: each["Enabled"] for name, each in connectors(site.host).items()} == {
        WIZARDS_NAME: True,
        "Old smarthost": True,
        "Smarthost": True,
    }
    # The new connector is there, its rivals are still enabled: the run goes on where the first one ended.
    assert site.connector(**smarthost(adopt=None, exclusive=True)).statuses() == ["done", "done"]
    assert site.host.open_shells == 0 and len(settings(site.host)) == 3


@pytest.mark.parametrize("right", [True, False])
def test_the_servers_own_endpoint(start: StartSite, right: bool) -> None:
    account = {"username": "Administrator", "password": ENDPOINT_PASSWORD}
    wizards = {"Name": WIZARDS_NAME, "AddressSpaces": ["*"]}
    site = start({"profile": "sbs2011", "endpoint_account": account, "send_connectors": [wizards]}, backend="pwsh")
    given = {**account, "password": ENDPOINT_PASSWORD if right else MAILBOX_PASSWORD}
    run = site.connector("-vvvv", **smarthost(exchange_connection="endpoint", exchange_login=given))
    assert run.recap()["changed" if right else "failed"] == 1
    assert writes(site.host) == (["Set-SendConnector"] if right else [])


def test_a_later_exchange_is_refused_untouched(start: StartSite) -> None:
    site = start("exchange2013", backend="pwsh")
    run = site.role(smarthost())
    assert run.recap()["failed"] == 1 and "Exchange 2013 or later" in run.result()["msg"]
    history = site.host.machine.dump()["history"]
    assert [each["command"] for each in history if needs_exchange(each["command"])] == []


def test_the_smarthost_account_is_proven_written_and_heard_of_by_the_real_agent(tmp_path: Path) -> None:
    hosts = ["first", "wrong", "proven", "refused"]
    with ExitStack() as stack:
        sites = stack.enter_context(account_site(tmp_path, hosts=hosts, backend="pwsh"))
        sites.give_providers(stack, {"mailboxes": at_provider(new=20, old=300)})
        for name in hosts[1:]:
            sites.in_use(name)
        ages = {"first": 3.0, "wrong": 20.0, "proven": 20.0, "refused": 20.0}
        wait = {"proven": 6, "refused": 6}
        declarations = {
            name: {
                "mailboxes": [
                    mailbox(NEW, age, password=f"{NEW_PASSWORD}{' falsch' * (name == 'wrong')}"),
                    mailbox(OLD, 300),
                ],
                "wait_for_session": wait.get(name, 0),
            }
            for name, age in ages.items()
        }
        with ExitStack() as sending:
            sending.enter_context(traffic(sites, "proven"))
            change = {"refuse_logins": [NEW]}
            sending.enter_context(traffic(sites, "refused", lambda: sites.provider_of("refused").change(change)))
            run = sites.accounts(declarations, "-vvvv", "--diff")
        results = {name: run.result(host=name) for name in hosts}
        logins = {name: sites.login(name) for name in hosts}
        assert logins == {"first": hashed(OLD), "wrong": hashed(OLD), "proven": hashed(NEW), "refused": hashed(OLD)}
        assert {name: sites.mail(name) for name in hosts} == {name: ["delivered"] for name in hosts}
        assert [results[name]["changed"] for name in hosts] == [True, False, True, True]
        assert "535 5.7.8" in results["wrong"]["msg"] and "Nothing was written" in results["wrong"]["msg"]
        assert sites.refused_logins("wrong") == [NEW]
        heard = {name: [each["outcome"] for each in results[name]["stages"]][-1] for name in wait}
        assert (heard, results["refused"]["decision"]) == ({"proven": "proven", "refused": "done"}, "back")
        assert "as Exchange reports: 535 5.7.8" in results["refused"]["msg"]
        assert sites.events("first") == [("logged_in", OLD), ("written", OLD), ("switched", OLD)]
        assert {name: host.open_shells for name, host in sites.lab.hosts.items()} == dict.fromkeys(hosts, 0)


def test_a_queue_is_dug_out(tmp_path: Path) -> None:
    """In real time, every tick: suspended, saved, calmed, held back, released, verified, as it was."""
    with snowball_site(tmp_path, lab_state(clock={"factor": 1}), backend="pwsh") as sbs:
        sbs.provider_of().change({"stages": {"rcpt": "450 4.7.0 Transmit rate limit exceeded (ACC)"}})
        sbs.lab.submit("sbs", OLD, [CUSTOMER, "zwei@kunde.example"], 8)
        told = play(sbs, "check_transport").result()
        assert (told["queues"][0]["messages"]["retry"], told["verdict"]) == (8, "snowball"), told
        sbs.provider_of().change({"stages": {}})
        before = sbs.host.machine.dump()["transport_servers"]
        options = {"queue_recovery_minimum_backlog": 1, "queue_recovery_quiet_minutes": 0, "queue_recovery_share": 100}
        for _ in range(20):
            run = play(sbs, "recover_queue", queue_recovery_single_tick=True, **options)
            assert run.code == 0, run.output
            if last(run)["done"]:
                break
            sbs.lab.run("sbs", 0.2)
        assert (last(run)["done"], last(run)["counts"]["saved"], last(run)["counts"]["sent"]) == (True, 8, 8)
        assert len(delivered(sbs)) == 8 and set(delivered(sbs).values()) == {1}
        assert sbs.host.machine.dump()["transport_servers"] == before
