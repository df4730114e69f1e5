"""A request over as many calls as it needs, and one reply to all of it."""

from __future__ import annotations

import base64
import random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import (
    Sent,
    Session,
    host_refusal,
    require_read,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import AgentFailed, AnsweredInPart, HostRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.progress import Progress
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import (
    Reply,
    Request,
    Step,
    StepError,
    StepResult,
)
from tests.unit.plugin_utils.run.examples import (
    HOST,
    OTHER_PASSWORD,
    PASSWORD,
    credential,
    done,
    failed,
    keys_of,
    packed,
    reply_data,
    request_in,
)


class Agent:
    """Answers every call; steps whose ids are in ``failing`` fail, the rest of that call is not tried."""

    def __init__(self, failing: tuple[str, ...] = ()) -> None:
        self.failing = failing
        self.calls: list[dict[str, Any]] = []
        self.lines: list[str] = []

    def execute(self, line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        self.lines.append(line)
        self.calls.append(request_in(stdin))
        results: list[dict[str, Any]] = []
        for step in self.calls[-1]["steps"]:
            broken = any(result["status"] == "failed" for result in results)
            results.append(self._result(step, broken))
        return 0, packed(reply_data(*results, warnings=[f"call {len(self.calls)}"])), b""

    def _result(self, step: dict[str, Any], broken: bool) -> dict[str, Any]:
        if broken and not step.get("always"):
            return {"id": step["id"], "status": "not_tried"}
        return failed(step["id"], "nein") if step["id"] in self.failing else done(step["id"])

    @property
    def ran(self) -> list[list[str]]:
        """The ids of the steps of each call."""
        return [[step["id"] for step in call["steps"]] for call in self.calls]


def large(name: str, always: bool = False, **more: Any) -> Step:
    """A step of which two do not fit into one call."""
    text = base64.b64encode(random.Random(name).randbytes(45_000)).decode("ascii")
    return Step(name, "Set-SendConnector", {"Comment": text, **more}, (), always)


def statuses(reply: Reply) -> dict[str, str]:
    return {result.id: result.status for result in reply.results}


def test_a_small_request_is_one_call_of_the_one_command_line() -> None:
    agent = Agent()
    session = Session(agent.execute, HOST)
    reply = session.ask(Request((Step("a", "x"), Step("b", "y"))))
    assert (agent.ran, agent.lines, session.calls) == ([["a", "b"]], [wire.command_line()], 1)
    assert statuses(reply) == {"a": "done", "b": "done"}


def test_a_request_of_no_steps_is_answered_too() -> None:
    reply = Session(Agent().execute, HOST).ask(Request(()))
    assert (reply.computer, reply.results) == ("SBS", ())


def test_a_large_request_is_several_calls_and_one_reply() -> None:
    agent = Agent()
    session = Session(agent.execute, HOST)
    reply = session.ask(Request((large("a"), large("b"), large("c", always=True))))
    assert (agent.ran, session.calls) == ([["a"], ["b"], ["c"]], 3)
    assert statuses(reply) == {"a": "done", "b": "done", "c": "done"}
    assert reply.warnings == ("call 1", "call 2", "call 3")


def test_after_a_failed_part_only_what_always_runs_is_run() -> None:
    agent = Agent(("b",))
    steps = (large("a"), large("b"), large("c"), Step("small", "x"), large("read", always=True))
    reply = Session(agent.execute, HOST).ask(Request(steps))
    assert [step for call in agent.ran for step in call] == ["a", "b", "read"]
    assert statuses(reply) == {
        "a": "done",
        "b": "failed",
        "c": "not_tried",
        "small": "not_tried",
        "read": "done",
    }
    assert reply.failed is not None
    assert reply.failed.id == "b"


def test_after_a_failed_part_of_a_mixed_part_only_what_always_runs_is_run() -> None:
    agent = Agent(("a",))
    steps = (large("a"), Step("b", "x"), large("c"), Step("read", "y", always=True))
    reply = Session(agent.execute, HOST).ask(Request(steps))
    assert agent.ran[0][0] == "a"
    assert agent.ran[-1] == ["read"]
    assert [step for call in agent.ran[1:] for step in call] == ["read"]
    assert statuses(reply)["c"] == "not_tried"


def test_a_request_of_several_calls_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    progress = Progress()
    progress.steps = lambda answered, total: told.append((answered, total))  # type: ignore[method-assign]
    for steps in ((large("a"), large("b"), large("c")), (Step("d", "x"),)):
        Session(Agent().execute, HOST, progress=progress).ask(Request(steps))
    assert told == [(0, 3), (1, 3), (2, 3)]


def test_after_a_failed_part_nothing_is_asked_where_nothing_always_runs() -> None:
    agent = Agent(("a",))
    reply = Session(agent.execute, HOST).ask(Request((large("a"), large("b"))))
    assert agent.ran == [["a"]]
    assert statuses(reply) == {"a": "failed", "b": "not_tried"}


def test_a_secret_is_sent_only_with_the_part_that_names_it() -> None:
    agent = Agent()
    steps = (large("a"), large("b", AuthenticationCredential=credential()))
    secrets = {"login": PASSWORD, "login:zwei": OTHER_PASSWORD}
    Session(agent.execute, HOST).ask(Request(steps, secrets=secrets))
    assert [call["secrets"] for call in agent.calls] == [{}, {"login": PASSWORD}]


def test_results_come_in_the_requests_order_and_missing_ones_were_not_tried() -> None:
    def execute(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        return 0, packed(reply_data(done("stray"), done("b"))), b""

    reply = Session(execute, HOST).ask(Request((Step("a", "x"), Step("b", "y"))))
    assert reply.results == (StepResult("a", "not_tried"), StepResult("b", "done", milliseconds=3))


def test_a_host_that_prints_only_errors_is_quoted() -> None:
    with pytest.raises(AgentFailed) as caught:
        Session(lambda line, stdin: (1, b"", b"'PowerShell' wurde nicht gefunden."), HOST).ask(Request(()))
    assert "wurde nicht gefunden" in str(caught.value)
    assert HOST in str(caught.value)


def test_a_session_reconnects_where_its_caller_can() -> None:
    reconnected: list[int] = []
    Session(Agent().execute, HOST, lambda: reconnected.append(1)).reconnect()
    Session(Agent().execute, HOST).reconnect()
    assert reconnected == [1]


class DyingAgent(Agent):
    """Answers the steps ``x`` of each call; where there are others, its process dies before it answers them."""

    def execute(self, line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        self.calls.append(request_in(stdin))
        steps = self.calls[-1]["steps"]
        answered = [done(step["id"], {"Name": step["id"]}) for step in steps if step["command"] == "x"]
        more = {"more": True} if len(answered) < len(steps) else {}
        return -9, packed(reply_data(*answered, warnings=["said"], **more)), b""


OWN, EXCHANGE = Step("own", "x", always=True), Step("exchange", "y", always=True)


def test_what_was_answered_before_a_process_died_is_not_lost() -> None:
    request, progress = Request((OWN, EXCHANGE)), Sent()
    with pytest.raises(AnsweredInPart) as caught:
        Session(DyingAgent().execute, HOST).ask(request, progress)
    assert keys_of(caught.value) == ["agent_died"]
    assert "exit code -9" in str(caught.value)
    assert (progress.sent, set(progress.answered)) == ({"own", "exchange"}, {"own"})
    assert statuses(caught.value.reply) == {"own": "done", "exchange": "failed"}


def test_whoever_reads_can_use_a_part_of_the_answers() -> None:
    request = Request((EXCHANGE, OWN))  # in the order of the request, whatever was answered first
    session = Session(DyingAgent().execute, HOST)
    reply = session.read(request)
    assert (list(statuses(reply).items()), session.calls) == ([("exchange", "failed"), ("own", "done")], 1)
    assert (reply.result("own").output, reply.warnings) == (({"Name": "own"},), ("said",))
    require_read(reply, Request((OWN,)), HOST)
    with pytest.raises(HostRefused) as caught:
        require_read(reply, request, HOST)
    assert keys_of(caught.value) == ["agent_died"]
    require_read(reply, request, HOST, may_fail={"exchange"})


def test_a_reading_that_is_answered_whole_is_an_answer() -> None:
    assert Session(Agent().execute, HOST).read(READ) == Session(Agent().execute, HOST).ask(READ)


def test_where_nothing_was_answered_reading_fails_too() -> None:
    with pytest.raises(AgentFailed) as caught:
        Session(lambda line, stdin: (-9, b"", b""), HOST).read(READ)
    assert keys_of(caught.value) == ["reply_missing"]


def test_after_a_process_that_died_no_other_call_is_made() -> None:
    agent = DyingAgent()
    steps = (large("a"), OWN, large("b"))
    with pytest.raises(AnsweredInPart) as caught:
        Session(agent.execute, HOST).ask(Request(steps))
    assert len(agent.ran) == 1
    assert statuses(caught.value.reply) == {
        "a": "failed",
        "own": "done" if "own" in agent.ran[0] else "not_tried",
        "b": "not_tried",
    }


REFUSALS: list[tuple[StepError | None, str, str]] = [
    (StepError("Kein Zugriff."), "read_failed", "Get-X failed: Kein Zugriff."),
    (None, "read_failed", "no reason given"),
    (StepError("15.0", code="exchange_too_new"), "exchange_too_new", "15.0"),
    (StepError("kein Snap-In", code="exchange_missing"), "exchange_missing", "kein Snap-In"),
    (StepError("zu wenig", code="exchange_not_loaded"), "exchange_not_loaded", "zu wenig"),
    (StepError("tot", code="agent_died"), "agent_died", "tot"),
    (StepError("CLR 4", code="snapin_needs_old_runtime"), "snapin_needs_old_runtime", "CLR 4"),
    (StepError("Get-X", code="command_refused"), "request_refused", "Get-X"),
    (StepError("login", code="parameter_unreadable"), "request_refused", "login"),
]


@pytest.mark.parametrize(("error", "key", "words"), REFUSALS)
def test_why_a_step_could_not_be_read(error: StepError | None, key: str, words: str) -> None:
    result = StepResult("a", "failed", (), error)
    refused = host_refusal(result, Reply("", "", "", (result,)), "Get-X", HOST)
    assert keys_of(refused) == [key]
    assert words in str(refused)


READ = Request((Step("a", "Get-A"), Step("b", "Get-B")))


def test_a_read_request_is_whole_when_all_is_done() -> None:
    require_read(Reply("", "", "", (StepResult("a", "done"), StepResult("b", "done"))), READ, HOST)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (StepResult("a", "failed", (), StepError("nein")), StepResult("b", "not_tried"), "Get-A failed: nein"),
        (StepResult("a", "done"), StepResult("b", "failed", (), StepError("nein")), "Get-B failed: nein"),
        (StepResult("a", "not_tried"), StepResult("b", "failed", (), StepError("nein")), "Get-B failed: nein"),
        (StepResult("a", "done"), StepResult("b", "not_tried"), "Get-B failed: no reason given"),
    ],
)
def test_a_step_that_was_not_read_names_the_command_that_failed(
    first: StepResult, second: StepResult, words: str
) -> None:
    with pytest.raises(HostRefused) as caught:
        require_read(Reply("", "", "", (first, second)), READ, HOST)
    assert words in str(caught.value)


def test_only_the_steps_of_the_request_are_required() -> None:
    """One reply answers what several have asked for."""
    results = (StepResult("other", "failed", (), StepError("fremd")), *(StepResult(name, "done") for name in "ab"))
    require_read(Reply("", "", "", results), READ, HOST)
    results = (*results[:2], StepResult("b", "failed", (), StepError("nein")))
    with pytest.raises(HostRefused, match="Get-B failed: nein"):
        require_read(Reply("", "", "", results), READ, HOST)
    with pytest.raises(HostRefused, match="fremd"):
        require_read(Reply("", "", "", results[:2]), READ, HOST)


WHO = {"computer": "SBS", "domain": "S-1-5-21-1-2-3"}


def answers(*whose: dict[str, Any]) -> Any:
    """Calls that are answered by one server after the other."""
    calls = iter(whose)
    return lambda line, stdin: (0, packed(reply_data(done("a"), done("b"), **next(calls))), b"")


def test_whoever_answers_is_met_once_and_before_the_answer_is_given() -> None:
    met: list[Identity] = []
    session = Session(answers(WHO, WHO), HOST, meet=lambda here: bool(met.append(here)))
    assert session.identity is None
    session.ask(READ)
    session.ask(READ)
    assert met == [Identity(HOST, "SBS", "S-1-5-21-1-2-3")] == [session.identity]


def test_an_answer_that_may_be_old_is_asked_for_once_more() -> None:
    session = Session(answers(WHO, WHO, WHO), HOST, meet=lambda here: True)
    session.ask(READ)
    assert session.calls == 2
    session.ask(READ)
    assert session.calls == 3


def test_whom_nobody_wants_gives_no_answer() -> None:
    def refuse(here: Identity) -> bool:
        raise HostRefused(reason_of("server_changed", HOST, here=here, before="x"))

    session = Session(answers(WHO, WHO), HOST, meet=refuse)
    for _again in range(2):  # and is not let in by asking twice
        with pytest.raises(HostRefused):
            session.ask(READ)


@pytest.mark.parametrize(
    ("later", "refused"),
    [
        ({**WHO, "computer": "EX1"}, True),
        ({**WHO, "domain": "S-1-5-21-9-9-9"}, True),
        ({**WHO, "computer": "sbs"}, False),
        ({"computer": "", "domain": None}, False),
        ({"computer": ["SBS"], "domain": 7}, False),
        ({**WHO, "domain": "no SID"}, False),
    ],
)
def test_a_session_is_with_one_server(later: dict[str, Any], refused: bool) -> None:
    session = Session(answers(WHO, later), HOST)
    session.ask(READ)
    if not refused:
        session.ask(READ)
        return
    with pytest.raises(HostRefused) as caught:
        session.ask(READ)
    assert keys_of(caught.value) == ["server_changed"]
