"""The registry's values of TLS, and the restart of the service that reads them, for both backends."""

from __future__ import annotations

from typing import Any

from .rows import MISSING, Row, Step

PROTOCOLS = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
TLS12 = rf"{PROTOCOLS}\TLS 1.2"
CLIENT, SERVER = rf"{TLS12}\Client", rf"{TLS12}\Server"
CLR2 = r"SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v2.0.50727"
WINHTTP = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
SELECT = ["Key", "Present", "Values", "SubKeys"]
UNREADABLE = "parameter_unreadable"


def read(*keys: str) -> Step:
    return ("Read-RegistryKeys", {"Keys": list(keys)}, SELECT)


def write(key: str, remove: bool | None = None, **values: Any) -> Step:
    listed = [{"Name": name, "Value": value} for name, value in values.items()]
    more = {} if remove is None else {"RemoveEmpty": remove}
    return ("Set-RegistryValues", {"Key": key, "Values": listed, **more}, SELECT)


ON = {"Enabled": 1, "DisabledByDefault": 0}
REFUSED: list[Step] = [
    read(r"SOFTWARE\Microsoft\Windows"),
    read(CLIENT, r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"),
    read(f"{PROTOCOLS}X\\TLS 1.2"),
    read(f"{TLS12}\\\\Client"),
    read(f"{TLS12}\\"),
    read(f"{CLIENT}\n"),
    read(f"HKLM\\{CLIENT}"),
    write(r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", Enabled=1),
    write(CLIENT, SchUseStrongCrypto=1),
    write(CLR2, SchUseStrongCrypto=1),
    write(WINHTTP, Enabled=1),
    write(CLIENT, Enabled="1"),
    write(CLIENT, Enabled=1.5),
    write(CLIENT, Enabled=2**31),
    write(CLIENT, Enabled=True),
    write(CLIENT, Enabled=[1]),
]

REGISTRY_ROWS = [
    Row(
        "values of TLS, made and taken away",
        [
            read(CLIENT, SERVER, TLS12, PROTOCOLS),
            write(CLIENT, **ON),
            read(CLIENT.upper(), TLS12),
            write(CLIENT, enabled=-1, DisabledByDefault=None),
            write(SERVER, **ON),
            write(CLIENT, True, Enabled=None),
            write(TLS12, True),
            read(TLS12),
            write(SERVER, True, **dict.fromkeys(ON)),
            write(TLS12, True),
            read(CLIENT, SERVER, TLS12, PROTOCOLS),
        ],
        ["done"] * 11,
        state="sbs2011_ru9",
        exchange="none",
    ),
    Row(
        "values that are not there, and others that are",
        [
            write(CLR2, SystemDefaultTlsVersions=None),
            write(CLR2, False),
            ("Set-RegistryValues", {"Key": CLR2, "RemoveEmpty": True}, SELECT),
            write(WINHTTP, DefaultSecureProtocols=0xAA0),
            write(CLIENT, True, DisabledByDefault=None),
            read(CLIENT, CLR2, WINHTTP),
        ],
        ["done"] * 6,
        state={"registry": {CLIENT: {"Enabled": 0xFFFFFFFF, "Note": "by hand"}}},
        exchange="none",
    ),
    Row(
        "what of the registry is not for the agent",
        [*REFUSED, ("Read-RegistryKeys", {}, SELECT), ("Set-RegistryValues", {"Values": []}, SELECT), read(CLIENT)],
        [*[UNREADABLE] * len(REFUSED), MISSING, MISSING, "done"],
        state="sbs2011_ru9",
        exchange="none",
    ),
    *(
        Row(
            f"the transport service where it {name}",
            [
                ("Restart-TransportService", {}, ["Name", "Before", "Status"]),
                ("Restart-TransportService", {"TimeoutSeconds": 0}, ["Name"]),
                ("Get-ServiceList", {"Names": ["MSExchangeTransport"]}, ["Name", "Status"]),
            ],
            [expect, UNREADABLE, "done"],
            state={"services": services},
            exchange="none",
        )
        for name, expect, services in (
            ("runs", "done", []),
            ("is stopped", "done", [{"name": "MSExchangeTransport", "status": "Stopped"}]),
            ("does not stop", "service_not_stopped", [{"name": "MSExchangeTransport", "will_not_stop": True}]),
            ("does not start", "service_not_started", [{"name": "MSExchangeTransport", "will_not_start": True}]),
            ("is needed", "service_not_stopped", [{"name": "Filter", "depends_on": ["MSExchangeTransport"]}]),
        )
    ),
    Row(
        "no transport service",
        [("Restart-TransportService", {}, ["Name"])],
        ["service_missing"],
        state="no_exchange",
        exchange="none",
    ),
]
