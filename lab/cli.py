"""``python -m lab``: brings a lab up and down, and speaks to one that runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from lab.endpoint.ordered_faults import KINDS
from lab.up.background import UpError, background, down
from lab.up.control import ControlError, ask
from lab.up.directory import LabDirectory
from lab.wsman.profile import PROFILES

_DIRECTORY: Final = ".lab"
_SENDING: Final = 600.0  # seconds; a provider may be told to let everyone wait
_RUNNING: Final = 7200.0  # seconds; a snowball has a million attempts


class UsageError(Exception):
    """What was asked cannot be done; says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code, 1 with a sentence on stderr when it could not be done."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.verb(options) or 0)
    except (UsageError, ControlError, UpError, ValueError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _up(options: argparse.Namespace) -> int:
    if options.background:
        return background(options)
    # The one verb that needs a lab in its process; loading one takes the others longer than all else that they do.
    from lab.up.foreground import foreground

    return foreground(options)


def _down(options: argparse.Namespace) -> None:
    print(down(LabDirectory(options.directory)))


def _status(options: argparse.Namespace) -> None:
    status = _ask(options, "status")
    if options.json:
        _print(status)
        return
    print(f"pid {status['pid']}, backend {status['backend']}, profile {status['profile']}; {_clock(status['clock'])}")
    if status["provider"]:
        mailboxes = status["provider"].pop("mailboxes")
        ports = ", ".join(f"{name} {port}" for name, port in status["provider"].items())
        print(f"provider: {ports}; {mailboxes} mailboxes")
    for name, host in status["hosts"].items():
        ports = f"http {host['http']}, https {host['https']}"
        counts = f"{host['commands']} commands, {host['open_shells']} open shells, {len(host['faults'])} faults ordered"
        print(f"{name}: {ports}; {counts}")


def _dump(options: argparse.Namespace) -> None:
    _print(_ask(options, "dump", host=options.host))


def _change(options: argparse.Namespace) -> None:
    _ask(options, "change", host=options.host, change=_read_change(options.file))


def _provider(options: argparse.Namespace) -> None:
    if options.change:
        _ask(options, "provider", change=_read_change(options.change))
    else:
        _print(_ask(options, "provider"))


def _send(options: argparse.Namespace) -> None:
    mail = {"sender": options.sender, "recipients": options.recipients, "count": options.count}
    _print(_ask(options, "send", timeout=_SENDING, host=options.host, **mail))


def _console(options: argparse.Namespace) -> None:
    text = sys.stdin.read() if options.json == "-" else options.json
    _ask(options, "console", host=options.host, order=_json_object(text, '{"remove": {"username": "info"}}'))


def _fetch(options: argparse.Namespace) -> None:
    _print(_ask(options, "fetch", timeout=_SENDING, host=options.host))


def _receive(options: argparse.Namespace) -> None:
    mail = {"sender": options.sender, "recipients": options.recipients, "client": options.client, "to": options.address}
    _print(_ask(options, "receive", host=options.host, **mail, starttls=options.starttls, subject=options.subject))


def _scan(options: argparse.Namespace) -> None:
    _print(_ask(options, "scan", host=options.host))


def _collect(options: argparse.Namespace) -> None:
    _print(_ask(options, "collect", timeout=_SENDING, host=options.host))


def _json_object(text: str, example: str) -> dict[str, Any]:
    try:
        order = json.loads(text)
    except ValueError as error:
        raise UsageError(f"this is no JSON: {error}; example: {example}") from error
    if not isinstance(order, dict):
        raise UsageError(f"this is no JSON object; example: {example}")
    return order


def _submit(options: argparse.Namespace) -> None:
    mail = {"sender": options.sender, "recipients": options.recipients, "count": options.count}
    more = {"per_hour": options.rate, "subject": options.subject, "size": options.size, "poison": options.poison}
    _print(_ask(options, "submit", host=options.host, **mail, **more))


def _queue(options: argparse.Namespace) -> None:
    _print_queues(_ask(options, "queue", host=options.host), options.json)


def _run(options: argparse.Namespace) -> None:
    more = {"hours": options.hours, "direct": options.direct}
    _print_queues(_ask(options, "run", timeout=_RUNNING, host=options.host, **more), options.json)


def _print_queues(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print(found)
        return
    print(f"{_clock(found['clock'])}; delivers by itself: {'yes' if found['delivering'] else 'no'}")
    for queue in found["queues"]:
        states = ", ".join(f"{number} {status}" for status, number in sorted(queue["by_status"].items())) or "empty"
        print(f"{queue['queue']} {queue['next_hop']} {queue['status']}: {states}; {queue['last_error'] or 'no error'}")
    print(", ".join(f"{name} {number}" for name, number in found["counts"].items()))


def _clock(clock: dict[str, Any]) -> str:
    """Said in every output: how fast the lab's time passes."""
    return f"lab time {clock['now']}, {clock['factor']:g} times as fast as the real one"


def _read_change(file: str) -> dict[str, Any]:
    """A change from a file or, for ``-``, from stdin; times and dates of YAML as text."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    try:
        change = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{file} is no YAML or JSON: {_place(error)}") from error
    if not isinstance(change, dict):
        raise UsageError(f"{file} holds {type(change).__name__}, expected a mapping of what to change")
    plain: dict[str, Any] = json.loads(json.dumps(change, default=str))
    return plain


def _place(error: yaml.YAMLError) -> str:
    """What is wrong and where, without the line itself: it may hold a password."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"{error.problem}, line {mark.line + 1}, column {mark.column + 1}"
    return str(error)


def _fault(options: argparse.Namespace) -> None:
    if options.clear:
        _ask(options, "clear_faults", host=options.host)
        return
    if options.json is None:
        _print(_ask(options, "status")["hosts"].get(options.host, {}).get("faults", []))
        return
    order = _json_object(options.json, '{"kind": "drop", "action": "Command"}')
    _print(_ask(options, "fault", host=options.host, fault=order))


def _log(options: argparse.Namespace) -> None:
    if options.clear:
        _ask(options, "clear_log", host=options.host)
        return
    _print(_ask(options, "log", host=options.host))


def _count(options: argparse.Namespace) -> None:
    _print(_ask(options, "count", host=options.host))


def _ask(options: argparse.Namespace, verb: str, timeout: float = 30.0, **arguments: Any) -> Any:
    directory = LabDirectory(options.directory)
    running = directory.alive()
    if running is None:
        raise UsageError(f"no lab runs in {directory.path}; start one with: python -m lab up --background")
    return ask(running.control_port, running.token, verb, arguments, timeout)


def _print(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Simulated SBS 2011 hosts behind real WinRM.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _add_up(_verb(verbs, "up", _up, "bring up a lab"))
    _verb(verbs, "down", _down, "end the lab that runs in the directory")
    status = _verb(verbs, "status", _status, "ports, open shells and commands of each host")
    status.add_argument("--json", action="store_true")
    _verb_of_host(verbs, "dump", _dump, "state of a host as JSON")
    change = _verb_of_host(verbs, "change", _change, "change a host behind Ansible's back")
    change.add_argument("file", metavar="FILE|-", help="YAML or JSON: what SimulatedMachine.change takes")
    provider = _verb(verbs, "provider", _provider, "the mail provider as JSON, or a change to it")
    provider.add_argument("--change", metavar="FILE|-", help="YAML or JSON: what SimulatedProvider.change takes")
    _add_send(_verb_of_host(verbs, "send", _send, "let the host's Exchange send mail; what became of it as JSON"))
    console = _verb_of_host(verbs, "console", _console, "do one thing as the SBS console would with the POP3 accounts")
    console.add_argument(
        "json", metavar="JSON", help='{"add": {...}}, {"remove": {...}} or {"account": ..., "change": ...}'
    )
    _verb_of_host(verbs, "fetch", _fetch, "let the POP3 connector fetch now; what became of it as JSON")
    _add_receive(_verb_of_host(verbs, "receive", _receive, "let a message come in by SMTP; every reply as JSON"))
    _verb_of_host(verbs, "scan", _scan, "let everything in the host's LAN hand in a mail; what came of it as JSON")
    _verb_of_host(verbs, "collect", _collect, "let the collectors of third parties fetch now; as fetch")
    _add_submit(_verb_of_host(verbs, "submit", _submit, "put mail into the queues of the host's Exchange"))
    queue = _verb_of_host(verbs, "queue", _queue, "queues of a host, and what became of its mail")
    queue.add_argument("--json", action="store_true", help="with every bounce and notice of delay")
    _add_run(_verb_of_host(verbs, "run", _run, "let the host deliver for some hours of the lab's time, at once"))
    fault = _verb_of_host(verbs, "fault", _fault, "order a fault, or list those that wait")
    fault.add_argument("json", nargs="?", metavar="JSON", help=f"kinds: {', '.join(KINDS)}; see lab/README.md")
    fault.add_argument("--clear", action="store_true", help="forget all orders, open refused ports again")
    log = _verb_of_host(verbs, "log", _log, "requests, commands and carried out faults of a host as JSON")
    log.add_argument("--clear", action="store_true", help="empty the log and the counters instead")
    _verb_of_host(verbs, "count", _count, "number of commands and shells, bytes on stdin of each command")
    return parser


def _verb(
    verbs: Any, name: str, run: Callable[[argparse.Namespace], int | None], description: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=description, description=description)
    parser.set_defaults(verb=run)
    parser.add_argument("--directory", type=Path, default=Path(_DIRECTORY), help="default: .lab")
    return parser


def _verb_of_host(
    verbs: Any, name: str, run: Callable[[argparse.Namespace], int | None], description: str
) -> argparse.ArgumentParser:
    parser = _verb(verbs, name, run, description)
    parser.add_argument("host", metavar="HOST")
    return parser


def _add_send(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="sender", required=True, metavar="A", help="the sender's address")
    parser.add_argument(
        "--to", dest="recipients", required=True, action="append", metavar="B", help="a recipient; may be repeated"
    )
    parser.add_argument("--count", type=int, default=1, metavar="N", help="messages; default: 1")


def _add_receive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="sender", default="kunde@example.com", metavar="A", help="the sender's address")
    parser.add_argument(
        "--to", dest="recipients", required=True, action="append", metavar="B", help="a recipient; may be repeated"
    )
    parser.add_argument("--client", default="203.0.113.9", metavar="IP", help="whence it comes; default: 203.0.113.9")
    parser.add_argument("--at", dest="address", default="0.0.0.0:25", metavar="IP:PORT", help="where it connects to")
    parser.add_argument("--starttls", action="store_true", help="encrypt where that is offered")
    parser.add_argument("--subject", default="Message of the lab", metavar="TEXT")


def _add_submit(parser: argparse.ArgumentParser) -> None:
    _add_send(parser)
    parser.add_argument("--rate", type=float, metavar="N", help="so many an hour, from now on; default: all at once")
    parser.add_argument("--subject", default="Message of the lab", metavar="TEXT")
    parser.add_argument("--size", type=int, default=4096, metavar="BYTES", help="what Exchange shows; default: 4096")
    parser.add_argument("--poison", action="store_true", help="mail that ends the transport service")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hours", type=float, required=True, metavar="H")
    parser.add_argument("--direct", action="store_true", help="attempts in process; for hundreds of thousands of them")
    parser.add_argument("--json", action="store_true", help="with every bounce and notice of delay")


def _add_up(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hosts", type=int, default=1, metavar="N", help="1: sbs; more: sbs01, sbs02, ...")
    parser.add_argument("--backend", default="twin", choices=["twin", "pwsh"])
    parser.add_argument("--state", metavar="FILE.yml", help="a state file, or the name of one in lab/states")
    parser.add_argument("--port", type=int, default=0, metavar="P", help="first port; default: any free ones")
    parser.add_argument("--language", choices=["en", "de"])
    parser.add_argument("--edition", help="kind of machine, as lab/host/profiles.py names them; default: sbs2011")
    parser.add_argument(
        "--recipients", type=int, default=0, metavar="N", help="so many generated recipients beside those of the state"
    )
    parser.add_argument("--profile", default="winrm2-stock", choices=sorted(PROFILES), help="limits of WinRM")
    parser.add_argument("--background", action="store_true", help="return once it accepts connections")
