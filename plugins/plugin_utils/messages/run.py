# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a run, its options and its plan."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "option_unknown": (
        "an option {option}, which does not exist",
        "{known}",
        "Check its spelling.",
    ),
    "variables_unknown": (
        "the variables {names}, which the {kind} does not know",
        "{offers}",
        "Check their spelling, or give variables of your own another name.",
    ),
    "value_unfit": ("{option}: {value}", "{expected}", "Correct the value."),
    "exchange_login_missing": (
        "exchange_connection: endpoint without a complete exchange_login",
        "exchange_login with username and password, both texts, and nothing else",
        "Declare the account that opens the session; its value is not repeated here.",
    ),
    "host_busy": (
        "another run in progress on this host: {holder}",
        "one run at a time, since each decides from what it has read ({path})",
        "Nothing was written by this one. Run it again when the other has ended.",
    ),
    "plan_not_approved": (
        "a plan with the digest {digest}",
        "the approved plan {approved}",
        "The host or the inventory has changed since. Run with --check --diff, review the plan, and approve the new"
        " digest.",
    ),
    "noun_not_tried": (
        "{noun} not tried, since {before} failed before it",
        "{before} in its declared state",
        "Correct what is reported for {before} and run again: {noun} is then applied.",
    ),
    "nouns_failed": (
        "{failed} failed; not tried: {left}",
        "all nouns in their declared state",
        "As declared, or partly applied as planned: {done}. Correct the causes and run again; it continues from there.",
    ),
    "step_failed": (
        "{command} failed on {target}: {host_says}",
        "the step to succeed",
        "{done} of {total} steps were done before it, {left} not tried. Correct the cause and run again; it continues"
        " from there.",
    ),
    "step_failed_others_done": (
        "{command} failed on {target}: {host_says}",
        "the step to succeed",
        "{done} of {total} steps were done anyway, {failed} failed. Correct the cause and run again; it continues from"
        " there.",
    ),
    "read_back_failed": (
        "the plan applied, and then {command} failed: {host_says}",
        "to read the host's state back",
        "Every step was done; only the verification is missing. Run again: it starts by reading.",
    ),
    "read_back_differs": (
        "other values after the plan: {changes}",
        "the declared ones",
        "The host accepted the plan and shows other values; another program may have written there at the same time."
        " Check it on the host before you run again.",
    ),
    "reply_cut": (
        "a truncated or garbled reply of the agent",
        "a complete reply between its markers",
        "Run again. If it happens again, raise MaxMemoryPerShellMB on the host (docs/server.md).",
    ),
    "connection_lost": (
        "the connection broke while {what} ran ({host_says})",
        "an answer",
        "{outcome} Run again: it continues from there.",
    ),
    "timed_out": (
        "no completion after {seconds} seconds",
        "an answer within the action's timeout",
        "{outcome} The shell on the host was closed. Check the host, then run again, with a larger timeout if"
        " necessary.",
    ),
    "timed_out_reading": (
        "{found}",
        "the host's state within the action's timeout",
        "Nothing was written on the host, and its shell was closed. Check the host, then run again, with a larger"
        " timeout if necessary.",
    ),
    "connection_in_clear": (
        "WinRM over http with the transport {transport}, which sends user name, password and every request in clear"
        " text",
        "an encrypted connection",
        "Set ansible_winrm_transport: ntlm, which encrypts over http on port 5985; or ansible_winrm_scheme: https with"
        " ansible_port: 5986. Nothing was sent.",
    ),
    "connection_never_encrypted": (
        "ansible_winrm_message_encryption: never over http, which sends every request in clear text",
        "an encrypted connection",
        "Leave ansible_winrm_message_encryption out (auto encrypts over http); or set ansible_winrm_scheme: https with"
        " ansible_port: 5986. Nothing was sent.",
    ),
    "become_refused": (
        "become: true",
        "no become",
        "Log in as the account that is to make the changes: WinRM ignores become for this action, and it would run as"
        " the login user.",
    ),
    "delegated": (
        "delegate_to: {delegated}",
        "a task that is not delegated",
        "Run it on the server's own inventory entry (hosts, add_host): variables, saved states and ledger would be"
        " those of {host}, and the changes would be made on another host.",
    ),
    "connection_refused": (
        "the connection {connection}",
        "ansible_connection: winrm",
        "Only winrm can run the agent on a stock SBS 2011 (psrp and ssh need newer software there).",
    ),
    "internal": (
        "an unexpected {type}",
        "no exception",
        "This is a bug in sbs.mailflow; please report it. {outcome}",
    ),
}

NOTICES: dict[str, str] = {
    "undo": "To undo this run: {command}",
    "diff_of_failed": "The diff of what failed follows.",
    "no_changes": "no changes",
    "no_own_options": "the options of every run, and no other",
    "steps_left_out": "{number} more steps are not shown here. The diff (--diff) names every object, and the saved"
    " state of a run (backup_file) holds the whole plan.",
    "and_more": "{beginning}, and {number} more",
    "option_inside": "{name} inside of {option}",
    "variable_meant": "{meant} instead of {name}",
    "variable_without_effect": "The variable {name} has no effect: the {kind} takes {variable}.",
    "hidden_value": "a text that is not repeated here, since it might be a password",
    "password_prompt": "Password of {username}",
    "change_told": "{option}: {before} -> {after}",
    "own_command": "({command} is the agent's own command; it cannot be run manually)",
    "outcome_timed_out": "What ran on the host may have taken effect.",
    "outcome_unknown_internal": "Check the host before you run again.",
    "outcome_nothing_written": "Nothing was written on the host.",
    "outcome_unknown": "What took effect could not be read, since the host does not answer.",
    "outcome_read": "Read afterwards: {done} of {total} steps had taken effect.",
    "outcome_none": "Read afterwards: none of the {total} steps had taken effect.",
    "read_again": "Reading the host failed once ({problem}) and was repeated.",
    "connection_to_anybody": "The connection sends the password of its own account (transport {transport}) to any host"
    " that answers, since ansible_winrm_server_cert_validation is not validate: trust the host's certificate"
    " (ansible_winrm_ca_trust_path), or set ansible_winrm_transport: ntlm.",
    "broke_after_plan": "The connection broke after the plan ({problem}); read again, the host shows that all of it"
    " took effect.",
    "may_not_end": "{changes} changes may take longer than this run has: at about one second each, which is assumed,"
    " and with reading back, they do not fit in {option}: {timeout}. A run that ends there keeps what is done, and the"
    " next one continues from there; {option}: {enough} would do for all.",
    "stage_waiting": "waiting for the host",
    "stage_connecting": "connecting",
    "stage_lock": "waiting for {holder}",
    "stage_reading": "reading {what}",
    "stage_reading_exchange": "loading Exchange's shell and reading {what}",
    "stage_checking": "checking what the plans would run into",
    "stage_proving": "checking before anything of {noun} is written; logins are tested from the host",
    "stage_writing": "writing {what} and reading back",
    "stage_steps": "{stage} ({answered} of {total} steps answered)",
    "stage_lasts": "{stage}, {seconds} s",
    "stage_lasts_of": "{stage}, {seconds} s of at most {limit} s",
    "what_reading": "the reading of its state",
    "what_applying": "the plan",
}
