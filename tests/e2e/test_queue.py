"""The look at the queues over real WinRM: a young mailbox at a provider that throttles, hours later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.provider.texts import SENDER_REFUSED

from .accounts import CUSTOMER, NEW, OLD, at_provider, used
from .running import Site, site
from .snowballs import fill, lab_state, largest_reply, play, snowball_site

HOURS = 3
FOREIGN = "chef@nt4admins.local"
MESSAGES, RATE = 50_000, 500


@pytest.fixture(scope="module")
def throttled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host whose connector logs in with a mailbox of three days, and an office that goes on writing."""
    state = {"clock": {"hours_ago": HOURS}, "provider": {"mailboxes": at_provider(new=3)}}
    with site(tmp_path_factory.mktemp("queue"), state) as found:
        assert found.lab.provider is not None
        connector = used(found.lab.provider.port, NEW)
        found.host.machine.change({"send_connectors": [connector]})
        found.lab.submit("sbs", NEW, [CUSTOMER], count=60)
        found.lab.run("sbs", HOURS)
        yield found


def look(found: Site, **options: Any) -> dict[str, Any]:
    """The result of one look."""
    return found.play([{"name": "look", "sbs.mailflow.queue": options}]).result()


def test_a_snowball_is_called_one_and_nothing_is_touched(throttled: Site) -> None:
    before = throttled.host.machine.queue_summary()["counts"]
    throttled.host.log.clear()
    told = look(throttled, per_hour=5)
    assert (told["verdict"], told["changed"], throttled.host.log.count()) == ("snowball", False, 1)
    assert throttled.host.machine.queue_summary()["counts"] == before
    (queue,) = [each for each in told["queues"] if each["connector"] == "Smarthost Lab"]
    assert queue["messages"]["retry"] == before["queued"]
    assert queue["errors"][0]["class"] == "throttled"
    assert told["traffic"]["deferred"] > told["traffic"]["sent"]
    assert any("Suspend-Queue" in sentence for sentence in told["what_to_do"])


def test_the_facts_tell_the_same_where_they_are_asked(throttled: Site) -> None:
    asked = throttled.play([{"name": "facts", "sbs.mailflow.facts": {"backlog": True, "per_hour": 5}}]).result()
    assert asked["ansible_facts"]["sbs_mailflow"]["backlog"]["verdict"] == "snowball"


def test_the_playbook_raises_an_alarm(throttled: Site) -> None:
    run = throttled.project("check_transport", "-e", "fail_on=snowball", transport_calm_for_per_hour=5)
    assert run.recap()["failed"] == 1 and "snowball" in run.output


def test_a_foreign_sender_whose_mail_all_comes_back_raises_an_alarm_with_words_and_remedy(tmp_path: Path) -> None:
    """30 messages that the provider refuses for good: nothing waits, nothing is left, and nothing is healthy."""
    state = {"clock": {"hours_ago": 1}, "provider": {"mailboxes": at_provider(old=300)}}
    with site(tmp_path, state) as found:
        assert found.lab.provider is not None
        found.host.machine.change({"send_connectors": [used(found.lab.provider.port, OLD)]})
        found.lab.submit("sbs", FOREIGN, [CUSTOMER], count=30)
        found.lab.run("sbs", 0.5)
        page = tmp_path / "report.html"
        run = found.project("check_transport", "-e", "fail_on=slowing", report=page, transport_calm_for_per_hour=250)
        told = look(found, per_hour=250)
        (back,) = told["came_back"]
        assert (run.recap()["failed"], told["verdict"], told["waiting"]) == (1, "refused", 0)
        assert (told["traffic"]["sent"], told["traffic"]["failed"], told["attempts"]["seen_per_hour"]) == (0, 30, 30)
        assert (back["class"], back["messages"], back["senders"]) == ("sender", 30, [FOREIGN])
        assert back["words"] == SENDER_REFUSED and told["what_to_do"] == [back["what_to_do"]]
        shown = {run.output: "refused", page.read_text(encoding="utf-8"): "the smart host rejects our mail"}
        for text, verdict in shown.items():
            for words in (verdict, SENDER_REFUSED, back["what_to_do"][:60]):
                assert words in " ".join(text.split())
        wrong = found.project("check_transport", "-e", "fail_on=slow")
        assert wrong.recap()["failed"] == 1 and "noticed, slowing, snowball, stuck, refused" in wrong.output


def test_a_host_without_mail_is_healthy(tmp_path: Path) -> None:
    with site(tmp_path) as found:
        told = look(found)
        assert (told["verdict"], told["what_to_do"]) == ("healthy", [])


@pytest.mark.parametrize("backend", ["twin", pytest.param("pwsh", marks=pytest.mark.pwsh)])
def test_fifty_thousand_messages_are_one_remote_process_and_a_short_reply(tmp_path: Path, backend: str) -> None:
    """Counted on the host: not one of them travels."""
    with snowball_site(tmp_path, lab_state(RATE, clock={"factor": 1}), backend=backend) as sbs:
        sbs.patience = 1800
        fill(sbs, MESSAGES, RATE)
        sbs.host.log.clear()
        told = play(sbs, "check_transport", transport_calm_for_per_hour=RATE).result()
        assert (told["verdict"], sbs.host.log.count()) == ("snowball", 1)
        assert told["queues"][0]["messages"]["all"] >= MESSAGES - RATE
        assert largest_reply(sbs) < 100 * 1024
