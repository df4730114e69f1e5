"""The sentences: each is said somewhere, each that is said is there, and callers give what it asks for."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import messages
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import causes
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import endings, parts, session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail import verdict as inbound
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail.refusals import CLASSES
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes import refusals
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import NOTICES, REASONS, notice_of, reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Words
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import proof, waiting
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue import verdict
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import ways

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
CODES = (*session._HOST_CODES, *session._POP3_CODES, *session._TLS_CODES)
TABLES: dict[str, set[str]] = {"reason_of": set(REASONS), "notice_of": set(NOTICES)}

# Notices that stand inside a sentence or a table, so they end without a full stop.
FRAGMENTS = {
    "recovery_hours_left",
    "stage_connecting",
    "stage_fetching",
    "stage_lasts",
    "stage_lasts_of",
    "stage_lock",
    "stage_checking",
    "stage_proving",
    "stage_queues",
    "stage_reading",
    "stage_reading_exchange",
    "stage_recovery_asking",
    "stage_recovery_reading",
    "stage_recovery_sleeping",
    "stage_recovery_writing",
    "stage_session",
    "stage_steps",
    "stage_waiting",
    "stage_writing",
    "undo",
    "option_inside",
    "way_back_previous",
    "way_back_saved",
    "account_back",
    "account_in_use",
    "account_none_usable",
    "account_postponed",
    "account_switched",
    "and_more",
    "any_domain",
    "calendar_foreign",
    "certificate_refused",
    "change_told",
    "clock_ahead",
    "clock_behind",
    "ending",
    "ending_errors",
    "event_relief",
    "event_switch",
    "foreign_exempt",
    "foreign_system",
    "foreign_without_rule",
    "headline_again",
    "headline_age",
    "headline_age_and_window",
    "headline_back",
    "headline_back_why",
    "headline_but",
    "headline_foreign",
    "headline_in_use",
    "headline_next",
    "headline_nobody",
    "headline_not_old_enough",
    "headline_nothing_to_come",
    "headline_old_enough",
    "headline_passed_over",
    "headline_postponed",
    "headline_relief",
    "headline_settled",
    "headline_took_over",
    "headline_undecided",
    "headline_unknown",
    "headline_untold",
    "headline_window",
    "headline_would_switch",
    "hidden_value",
    "ledger_resumed",
    "ledger_suspended",
    "lock_holder",
    "lock_holder_unknown",
    "log_nowhere",
    "never_observed",
    "no_words",
    "pop3_proof_proves",
    "proof_proves",
    "no_changes",
    "no_login",
    "no_own_options",
    "no_run",
    "restore_listed",
    "run_listed",
    "undone_listed",
    "unknown_login",
    "variable_meant",
    "no_such_domain",
    "password_always",
    "password_for_new_connector",
    "password_for_new_login",
    "password_hidden",
    "password_kept",
    "password_not_declared",
    "password_of_removed",
    "password_on_create",
    "password_on_create_other_login",
    "password_prompt",
    "password_restored",
    "password_rotated",
    "own_command",
    "password_will_be_written",
    "pop3_certificate_refused",
    "pop3_collector_known",
    "pop3_collector_likely",
    "pop3_collector_task",
    "pop3_count_clear",
    "pop3_count_no_time",
    "pop3_count_port",
    "pop3_count_running",
    "pop3_count_too_soon",
    "pop3_count_unreadable",
    "pop3_damage_bytes",
    "pop3_damage_lines",
    "pop3_damage_nul",
    "pop3_no_backup_there",
    "pop3_learn_evidence",
    "pop3_learn_file",
    "pop3_learn_line",
    "pop3_learn_nothing",
    "pop3_no_answer",
    "pop3_no_backup",
    "pop3_no_tls",
    "pop3_ssl_false",
    "pop3_ssl_unknown",
    "pop3_tls_first",
    "pop3_tls_newer",
    "pop3_password_declared",
    "pop3_password_state",
    "pop3_present_file",
    "pop3_target_endless",
    "pop3_target_forwards",
    "pop3_target_kind",
    "pop3_target_said",
    "pop3_target_shared",
    "pop3_target_unknown",
    "pop3_target_unread",
    "policies_of",
    "proxy_unnamed",
    "transport_left_out",
    "refused_before",
    "reply_ends",
    "reply_late",
    "refused_with_others",
    "all_with_this_login",
    "senders_of_unknown_login",
    "senders_without_host",
    "what_applying",
    "what_reading",
    *messages.inbound_mail.FOUND,
    *messages.inbound_plan.FOUND,
    *messages.preflight.FOUND,
    *messages.preflight_direct.FOUND,
    *messages.preflight_exchange.FOUND,
    *messages.preflight_host.FOUND,
    *messages.preflight_inbound.FOUND,
    *messages.preflight_provider.FOUND,
    *messages.preflight_tls.FOUND,
    "dkim_found",
    "dkim_missing",
    "dkim_unknown",
    "dmarc_aligned",
    "dmarc_hits",
    "dmarc_lets",
    "dmarc_none",
    "dmarc_several",
    "dmarc_unknown",
    "dmarc_untold",
    "dns_denies",
    "dns_error",
    "dns_idn",
    "dns_lies",
    "dns_no_library",
    "dns_no_resolver",
    "dns_refused",
    "dns_silent",
    "dns_too_late",
    "host_nowhere",
    "host_only_6",
    "host_resolves",
    "host_unknown",
    "list_clean",
    "list_error",
    "list_everything",
    "list_line",
    "list_listed",
    "list_mute",
    "list_no_test",
    "mx_address",
    "mx_alias",
    "mx_found",
    "mx_no_domain",
    "mx_none",
    "mx_nowhere",
    "mx_null",
    "mx_only_address",
    "mx_unknown",
    "mx_way_fits",
    "mx_way_mixed",
    "mx_way_other",
    "mx_way_unknown",
    "ptr_dial_up",
    "ptr_elsewhere",
    "ptr_found",
    "ptr_none",
    "ptr_unknown",
    "sender_spf",
    "sender_spf_missing",
    "sender_spf_perhaps",
    "sender_spf_unknown",
    "spf_circle",
    "spf_counted",
    "spf_lets_all",
    "spf_lookups",
    "spf_macro",
    "spf_mx",
    "spf_no_target",
    "spf_no_term",
    "spf_none",
    "spf_redirect_void",
    "spf_several",
    "spf_unknown",
    "spf_void",
    "t_online",
}


SENTENCES = [
    pytest.param(sentence, id=key)
    for key, sentences in [*REASONS.items(), *((key, (notice,)) for key, notice in NOTICES.items())]
    for sentence in sentences
]


class Call(NamedTuple):
    """One call of say or tell: where, the keys that its first argument can be, the keywords it gives."""

    file: str
    line: int
    name: str
    keys: frozenset[str]
    keywords: frozenset[str]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def tree_of(file: str) -> ast.Module:
    return ast.parse((PLUGINS / file).read_text(encoding="utf-8"))


def appended_in(file: str, function: str) -> frozenset[str]:
    """The texts that a function appends to its list."""
    (found,) = (node for node in tree_of(file).body if isinstance(node, ast.FunctionDef) and node.name == function)
    appends = [node for node in ast.walk(found) if isinstance(node, ast.Call) and "append" in ast.unparse(node.func)]
    return frozenset(str(ast.literal_eval(node.args[0])) for node in appends)


def words_of(field: str) -> frozenset[str]:
    """The reasons that the tables of options name for one thing that can be wrong with what is declared for them."""
    calls = [
        node
        for file in PLUGINS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Words"
    ]
    named = {each.value for node in calls for each in node.keywords if each.arg == field}
    return frozenset(str(ast.literal_eval(each)) for each in named) | {getattr(Words(), field)} - {""}


# Where the first argument is neither a key nor a name for one: its source, and the keys that it can be.
INDIRECT: dict[tuple[str, str], frozenset[str]] = {
    ("plugin_utils/action/causes.py", "key"): frozenset(
        {*(each.key for each in causes.CAUSES + causes.LATER), causes.REST}
    ),
    ("plugin_utils/agent/endings.py", "key"): frozenset(
        {*(each.key for each in endings.MEANINGS), endings.NOT_STARTED}
    ),
    ("plugin_utils/send_connector/diff.py", "key"): appended_in("plugin_utils/send_connector/rules.py", "warnings"),
    ("plugin_utils/send_connector/diff.py", "none"): frozenset({"no_connector_left", "restore_to_none"}),
    ("plugin_utils/send_connector/ways.py", "each.reason"): frozenset(each.reason for each in ways.DIRECTLY),
    ("plugin_utils/send_connector/diff.py", "dns"): frozenset({"only_dns_left", "restore_to_dns"}),
    ("plugin_utils/controller/host_lock.py", "self._refusal"): frozenset({"host_busy", "look_busy", "recovery_busy"}),
    ("plugin_utils/queue_recovery/course.py", "key"): frozenset({"recovery_silent", "recovery_waits"}),
    ("plugin_utils/run/result.py", "summary"): frozenset({"nouns_failed", "restore_stopped"}),
    ("plugin_utils/mailboxes/refusals.py", "REMEDIES[kind]"): frozenset(refusals.REMEDIES.values()),
    ("plugin_utils/queue/verdict.py", "outside_key"): frozenset(verdict._OUTSIDE.values()),
    ("plugin_utils/inbound_plan/plan.py", "HANDS[each.step.whose]"): frozenset(messages.inbound_plan.HANDS),
    ("plugin_utils/inbound_plan/plan.py", "step.about"): frozenset(messages.inbound_plan.STEPS),
    ("plugin_utils/inbound_plan/plan.py", "step.back"): frozenset(messages.inbound_plan.BACK),
    ("plugin_utils/inbound_mail/refusals.py", "row.meaning"): frozenset(each.meaning for each in CLASSES.values()),
    ("plugin_utils/inbound_mail/refusals.py", "row.remedy"): frozenset(each.remedy for each in CLASSES.values()),
    ("plugin_utils/inbound_mail/verdict.py", "row.meaning"): frozenset(each.meaning for each in CLASSES.values()),
    ("plugin_utils/inbound_mail/verdict.py", "row.remedy"): frozenset(each.remedy for each in CLASSES.values()),
    ("plugin_utils/inbound_mail/verdict.py", "target_key"): frozenset(key for _, key, _ in inbound._TARGETS.values()),
    ("plugin_utils/inbound_mail/verdict.py", "remedy"): frozenset(each[2] for each in inbound._TARGETS.values()),
    ("plugin_utils/inbound_mail/verdict.py", "_WORDS[name]"): frozenset(inbound._WORDS.values()),
    ("plugin_utils/inbound_mail/verdict.py", "missing_key"): frozenset(
        {"look_no_accounts", "look_no_collector", "look_no_connector"}
    ),
    ("plugin_utils/inbound_mail/verdict.py", "todo"): frozenset(
        {"look_do_accounts", "look_do_collector", "look_do_connector"}
    ),
    ("plugin_utils/pop3_connector/state.py", "records.damage"): frozenset(
        {"pop3_damage_nul", "pop3_damage_bytes", "pop3_damage_lines"}
    ),
    ("plugin_utils/pop3_connector/waiting.py", "_TOLD[row['outcome']]"): frozenset(waiting._TOLD.values()),
    ("plugin_utils/pop3_connector/proof.py", "NAMED[str(problem)]"): frozenset(proof.NAMED.values()),
    ("plugin_utils/options/parse.py", "at.words.missing"): words_of("missing"),
    ("plugin_utils/options/parse.py", "at.words.unfit"): words_of("unfit"),
    ("plugin_utils/options/parse.py", "at.words.unknown"): words_of("unknown"),
    ("plugin_utils/options/kinds.py", "at.words.unfit"): words_of("unfit"),
    ("plugin_utils/options/kinds.py", "words.shape"): words_of("shape"),
    # The first of the codes has a call of its own, just above.
    ("plugin_utils/agent/session.py", "str(error.code)"): frozenset(CODES) - {"exchange_too_new"},
}


def literal_keys(argument: ast.expr, scope: ast.AST) -> frozenset[str]:
    """The keys that an argument can be: a literal, a choice of two, or a name that its function gives one of these."""
    if isinstance(argument, ast.Constant):
        return frozenset({str(argument.value)})
    if isinstance(argument, ast.IfExp):
        return literal_keys(argument.body, scope) | literal_keys(argument.orelse, scope)
    if not isinstance(argument, ast.Name):
        return frozenset()
    assigned = [node for node in ast.walk(scope) if isinstance(node, ast.Assign)]
    values = [node.value for node in assigned if argument.id in map(ast.unparse, node.targets)]
    return frozenset(key for value in values for key in literal_keys(value, scope))


def calls_in(file: str) -> Iterator[Call]:
    for scope in ast.walk(tree_of(file)):
        if not isinstance(scope, ast.FunctionDef):
            continue
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in TABLES:
                keys = literal_keys(node.args[0], scope) or INDIRECT.get((file, ast.unparse(node.args[0])), frozenset())
                keywords = frozenset(each.arg or "**" for each in node.keywords)
                yield Call(file, node.lineno, ast.unparse(node.func), keys, keywords)


@cache
def all_calls() -> tuple[Call, ...]:
    files = sorted(file.relative_to(PLUGINS).as_posix() for file in PLUGINS.rglob("*.py"))
    return tuple(sorted({call for file in files for call in calls_in(file)}))


def mentions_in(file: Path) -> int:
    """How often say or tell is called or handed on in a file, found without looking at functions."""
    names = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)]
    return sum(node.id in TABLES for node in names)


def placeholders(*sentences: str) -> frozenset[str]:
    return frozenset(
        name for sentence in sentences for _, name, _, _ in Formatter().parse(sentence) if name is not None
    )


def asked_for(name: str, key: str) -> frozenset[str]:
    return placeholders(*(REASONS[key] if name == "reason_of" else (NOTICES[key],)))


def test_every_mention_of_the_two_functions_is_a_call_that_is_looked_at() -> None:
    mentioned = {file.relative_to(PLUGINS).as_posix(): mentions_in(file) for file in PLUGINS.rglob("*.py")}
    seen = {file: len([call for call in all_calls() if call.file == file]) for file in mentioned}
    assert mentioned == seen


@pytest.mark.parametrize("call", all_calls(), ids=str)
def test_a_call_says_something_that_is_there(call: Call) -> None:
    assert call.keys, f"{call}: its key cannot be told from the source; name it in INDIRECT"
    assert call.keys <= TABLES[call.name]


@pytest.mark.parametrize("call", all_calls(), ids=str)
def test_a_call_gives_exactly_what_its_sentences_ask_for(call: Call) -> None:
    asked = [asked_for(call.name, key) for key in call.keys]
    assert frozenset().union(*asked) == call.keywords


def test_every_indirect_use_is_still_there() -> None:
    sources = {
        (file, ast.unparse(node.args[0]))
        for file, _ in INDIRECT
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in TABLES
    }
    assert set(INDIRECT) <= sources
    assert all(INDIRECT.values())


def test_the_hosts_codes_are_those_of_the_agent() -> None:
    agent = parts.agent_text(parts.OWN_COMMANDS)
    assert [code for code in CODES if code not in agent] == []


@pytest.mark.parametrize(("name", "keys"), TABLES.items())
def test_every_sentence_is_said_somewhere(name: str, keys: set[str]) -> None:
    assert keys - {key for call in all_calls() if call.name == name for key in call.keys} == set()


@pytest.mark.parametrize("key", REASONS)
def test_a_reason_reads_as_one_sentence_and_what_to_do(key: str) -> None:
    found, expected, remedy = REASONS[key]
    for piece in (found, expected):
        assert piece
        assert not piece.endswith((".", ";", ":", " "))
    assert remedy.endswith((".", "{outcome}"))
    assert remedy[0].isupper() or remedy[0] == "{"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_cleanly_written(sentence: str) -> None:
    assert sentence == sentence.strip()
    assert "  " not in sentence
    assert not re.search(r" [,.;:)]|\( |\.\.", sentence)
    assert sentence.count("(") == sentence.count(")")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_placeholder_has_a_plain_name_and_no_format(sentence: str) -> None:
    for _, name, form, conversion in Formatter().parse(sentence):
        assert name is None or name.isidentifier()
        assert not form
        assert conversion is None
    assert not placeholders(sentence) & {"password", "secret", "login", "where"}


def test_a_notice_that_stands_alone_ends_with_a_full_stop() -> None:
    assert {key for key, sentence in NOTICES.items() if not sentence.endswith(".")} == FRAGMENTS


def test_no_sentence_is_there_twice() -> None:
    assert len(set(REASONS.values())) == len(REASONS)
    assert len(set(NOTICES.values())) == len(NOTICES)
    assert not set(REASONS) & set(NOTICES)
    assert sum(len(each.REASONS) + len(each.NOTICES) for each in messages.BY_NOUN) == len(REASONS) + len(NOTICES)


def test_a_reason_is_filled_in() -> None:
    reason = reason_of("minimum_age_below_floor", "the login", value=3, floor=14)
    assert str(reason) == (
        "the login: found minimum_age_days: 3; expected 14 days or more (the floor holds for every provider)."
        " Leave it out, or raise it; it cannot be lowered."
    )
    assert reason.as_data() == {
        "where": "the login",
        "found": "minimum_age_days: 3",
        "expected": "14 days or more (the floor holds for every provider)",
        "remedy": "Leave it out, or raise it; it cannot be lowered.",
    }


@pytest.mark.parametrize("value", ["{floor}", "{0}", "{", "}}", "%s", "{value.__class__}"])
def test_what_is_filled_in_is_never_read_as_a_placeholder(value: str) -> None:
    assert (
        reason_of("option_unknown", "here", option=value, known="port").found
        == f"an option {value}, which does not exist"
    )
    assert notice_of("password_prompt", username=value) == f"Password of {value}"


@pytest.mark.parametrize("call", [lambda: reason_of("no_such_key", "here"), lambda: notice_of("password_prompt")])
def test_a_missing_key_or_value_is_a_mistake_of_ours(call: Callable[[], object]) -> None:
    with pytest.raises(KeyError):
        call()
