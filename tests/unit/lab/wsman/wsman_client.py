"""The least client of the WS-Man core, and its envelopes."""

from __future__ import annotations

from lab.endpoint.host import Host
from lab.wsman import names
from lab.wsman.backend import Call
from lab.wsman.envelope import read_request
from lab.wsman.profile import STOCK, WinrmProfile
from lab.wsman.service import Answer, Service
from lab.wsman.shell import Command
from tests.unit.lab.endpoint.endpoint_backend import NoMachine, WordBackend

POWERSHELL = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
MESSAGE = "uuid:Ab-Verbatim-01"


def envelope(
    action: str,
    body: str = "",
    shell: str = "",
    resource: str = names.CMD_SHELL,
    timeout: str = "PT1S",
    headers: str = "",
) -> bytes:
    """A request with prefixes that no client uses: only namespaces count. ``headers`` are further ones."""
    selector = f'<q:SelectorSet><q:Selector Name="ShellId">{shell}</q:Selector></q:SelectorSet>' if shell else ""
    return (
        f'<e:Envelope xmlns:e="{names.SOAP}" xmlns:i="{names.ADDRESSING}" xmlns:q="{names.WSMAN}" '
        f'xmlns:r="{names.SHELL}"><e:Header><i:To>http://elsewhere:5985/wsman</i:To>'
        f'<i:MessageID>{MESSAGE}</i:MessageID><i:Action mustUnderstand="true">{names.ACTIONS.get(action, action)}'
        f"</i:Action><q:ResourceURI>{resource}</q:ResourceURI><q:MaxEnvelopeSize>153600</q:MaxEnvelopeSize>"
        f"<q:OperationTimeout>{timeout}</q:OperationTimeout>{selector}{headers}</e:Header>"
        f"<e:Body>{body}</e:Body></e:Envelope>"
    ).encode()


def echo(call: Call, command: Command) -> int:
    call.write_stdout(call.command_line.encode())
    return 5


class Client:
    """The least client."""

    def __init__(self, profile: WinrmProfile = STOCK, run=echo, **keys) -> None:  # type: ignore[no-untyped-def]
        self.service = Service(profile, run, **keys)

    def ask(self, action: str, body: str = "", shell: str = "", user: str = "u", **keys: str) -> Answer:
        return self.service.answer(read_request(envelope(action, body, shell, **keys)), user)

    def open(self, user: str = "u") -> str:
        answer = self.ask("Create", "<r:Shell/>", user=user)
        assert answer.shell_id
        return answer.shell_id

    def start(self, shell: str, line: str = "x") -> str:
        answer = self.ask("Command", f"<r:CommandLine><r:Command>{line}</r:Command></r:CommandLine>", shell)
        assert answer.command_id
        return answer.command_id

    def signal(self, shell: str, command: str, code: str = names.TERMINATE) -> Answer:
        attribute = f' CommandId="{command}"' if command else ""
        return self.ask("Signal", f"<r:Signal{attribute}><r:Code>{code}</r:Code></r:Signal>", shell)

    def receive(self, shell: str, command: str) -> Answer:
        return self.ask(
            "Receive", f'<r:Receive><r:DesiredStream CommandId="{command}">stdout</r:DesiredStream></r:Receive>', shell
        )


def answer_of(text: bytes, user: str | None = "u", profile: WinrmProfile = STOCK) -> Answer:
    """What a host answers; its log must agree."""
    host = Host("sbs", NoMachine({}), WordBackend(), profile)
    answer = host.message(text, user, 1).answer
    assert answer
    assert host.log.entries()[0].response == len(answer.body)
    return answer
