"""The ways on which mail comes in, by real roles over real WinRM: what they cost beside the run of all nouns, and what
is told of a German host that changes under them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .running import MAILBOX_PASSWORD, Run, Site, site
from .test_pop3_connector import ANNA, INFO, MAPS, RECIPIENTS, box, declared, on_host

WAYS: dict[str, Any] = {
    "inbound_public_address": "203.0.113.9",
    "inbound_domains": [
        {"domain": "beispiel.com", "way": "mx"},
        {"domain": "beispiel.de", "way": "pop3", "mailboxes": ["INFO@beispiel.de"]},
    ],
}
GERMAN = {
    "language": "de",
    "pop3_connector": {"profile": "plain", "accounts": [on_host(INFO, MAILBOX_PASSWORD)], "mailboxes": [ANNA]},
    "provider": {"mailboxes": [box(INFO, MAILBOX_PASSWORD)]},
    "recipients": RECIPIENTS,
    "dns": [
        "beispiel.com. 300 IN MX 10 mail.beispiel.com.",
        "mail.beispiel.com. 300 IN A 203.0.113.9",
    ],
}
POPCON = {"services": [{"name": "POPcon", "display_name": "POPcon PRO"}]}


def play(found: Site, *words: str, **variables: Any) -> Run:
    """The role inbound alone, with these variables in the inventory."""
    told = {"mail_flow_backup_dir": str(found.backups), "inbound_backup_dir": str(found.backups), **variables}
    playbook = found.write(
        "inbound.yml", [{"hosts": "all", "gather_facts": False, "roles": [{"role": "sbs.mailflow.inbound"}]}]
    )
    return found.run(playbook, *found._inventory(told), *words)


def looked(run: Run) -> dict[str, Any]:
    """The result of the one task of ours that was not skipped."""
    (found,) = [
        each["result"]
        for each in run.tasks
        if each["action"].startswith("sbs.mailflow.") and "skip_reason" not in each["result"]
    ]
    result: dict[str, Any] = found
    return result


def checks(run: Run) -> dict[str, str]:
    """Check of the group -> its result."""
    result = looked(run)
    rows = result["nouns"]["preflight"]["checks"] if "nouns" in result else result["checks"]
    return {each["name"]: each["result"] for each in rows if each["group"] == "inbound"}


def test_the_role_on_a_german_host_on_which_a_collector_appears(tmp_path: Path) -> None:
    with site(tmp_path, GERMAN) as found:
        pop3 = {
            "pop3_connector_accounts": [declared(INFO, MAILBOX_PASSWORD, found)],
            "pop3_connector_key_map": MAPS["plain"],
            "pop3_connector_validate_logins": False,
            "preflight_answer_seconds": 2,
        }
        found.project("site", **pop3)
        runs = {}
        for name, run in (
            ("alone", lambda: found.project("site", **pop3)),
            ("both", lambda: found.project("site", **pop3, **WAYS)),
            ("role", lambda: play(found, **pop3, **WAYS)),
        ):
            count = found.host.log.count()
            runs[name] = run()
            assert (found.host.log.count() - count, looked(runs[name])["changed"]) == (1, False), runs[name].output
        assert checks(runs["alone"]) == {} and set(checks(runs["both"])) == set(checks(runs["role"]))
        assert "inbound_mx" not in checks(runs["role"])
        told = checks(runs["role"])
        assert (told["inbound_open"], told["inbound_collectors"]) == ("pass", "pass")
        assert told["inbound_accepted"] == "fail"
        # By its tag alone, and beside options of a run that declare nothing.
        tagged = found.project("site", "--tags", "inbound", **pop3, **WAYS)
        assert list(looked(tagged)["nouns"]) == ["pop3_connector", "preflight"] and tagged.code == 0
        folder = {"receive_connector_backup_dir": str(found.backups)}
        assert list(looked(play(found, **pop3, **WAYS, **folder))["nouns"]) == ["pop3_connector", "preflight"]
        skipped = play(found, "--skip-tags", "pop3_connector", **pop3, **WAYS)
        assert skipped.code == 0 and "nouns" not in looked(skipped)
        assert "expected inbound_domains" in looked(found.project("site", "--tags", "inbound"))["msg"]
        # Where neither noun is declared, it looks.
        looks = play(found, **WAYS)
        assert looks.code == 0 and checks(looks)["inbound_open"] == "pass" and "inbound_open" in looks.output
        assert checks(looks)["inbound_mx"] in ("pass", "unknown", "warn")
        found.host.machine.change(POPCON)
        later = play(found, **pop3, **WAYS)
        assert later.recap()["failed"] == 1 and checks(later)["inbound_collectors"] == "fail"
        assert "POPcon, POPcon PRO (Servolutions), known by its name" in looked(later)["msg"]
        assert "inbound_confirm_no_other_collector" in later.output
        assert play(found, **pop3, **WAYS, inbound_confirm_no_other_collector=True).code == 0
        wrong = play(found, **pop3, inbound_domains=[{"domain": "beispiel.de", "way": "mx"}])
        assert "although mail to beispiel.de comes in by mx" in looked(wrong)["msg"]
