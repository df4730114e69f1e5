"""A provider's Postfix that dies between the end of a message and its 250: what Exchange then does again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.accounts import CUSTOMER, OLD

from .processes import wait_for
from .sites import RealSite, real_site

pytestmark = pytest.mark.servers

MESSAGES = 5


@pytest.fixture
def sbs(tmp_path: Path) -> Iterator[RealSite]:
    with real_site(tmp_path, {"clock": {"factor": 0}, "delivery": {"running": False}}) as site:
        site.logs_in()
        site.lab.submit("sbs", OLD, [CUSTOMER], MESSAGES)
        yield site


def goes_on(site: RealSite) -> dict[str, int]:
    """The provider is back, Exchange tries again; what the server counts then."""
    wait_for("the provider is dead", site.real.postfix.is_dead)
    assert site.host.machine.queues.queued > 0
    site.real.postfix.start()
    counts: dict[str, int] = site.lab.run("sbs", 0.5)["counts"]
    assert (counts["sent"], counts["queued"], counts["failed"]) == (MESSAGES, 0, 0)
    wait_for("all is delivered", lambda: len(site.real.postfix.taken()) == MESSAGES)
    return counts


def at_the_third(do: Callable[[], None]) -> Callable[[object], None]:
    """Do it once the third message has arrived whole."""
    seen: list[object] = []

    def count(attributes: object) -> None:
        seen.append(attributes)
        if len(seen) == 3:
            do()

    return count


def test_a_message_that_was_not_in_the_queue_arrives_once(sbs: RealSite) -> None:
    sbs.real.policy.at_end = at_the_third(sbs.real.postfix.kill)
    sbs.lab.run("sbs", 0.01)
    goes_on(sbs)
    assert set(sbs.real.postfix.taken().values()) == {1}


def test_a_message_that_was_in_the_queue_arrives_twice_under_the_same_id(sbs: RealSite) -> None:
    """SMTP cannot do better: whoever has not heard 250 has to try again (RFC 5321, 4.5.4.1). Exchange has sent it once
    by its own account, and so it is told."""
    sbs.real.policy.at_end = at_the_third(sbs.real.postfix.crash_with_what_it_has)
    sbs.lab.run("sbs", 0.01)
    goes_on(sbs)
    assert sorted(sbs.real.postfix.taken().values()) == [1] * (MESSAGES - 1) + [2]
    told = sbs.play([{"name": "look", "sbs.mailflow.queue": {"per_hour": 100}}]).result()
    assert (told["verdict"], told["traffic"]["sent"], told["traffic"]["failed"]) == ("healthy", MESSAGES, 0)
