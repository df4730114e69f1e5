import json

from tests.unit.plugin_utils.mail_flow.flow_host import Server


def test_x(tmp_path):
    s = Server(
        tmp_path,
        {
            "profile": "sbs2011",
            "language": "de",
            "relay_rights": [{"connector": "Windows SBS Internet Receive SBS", "user": "anonymous"}],
        },
    )
    r = s.run("receive_connector", {})
    print(json.dumps(r, indent=1))
    print(len(s.requests))
    r = s.run("receive_connector", {"close_relay": True, "adopt": True, "max_message_size": "25MB"}, check=True)
    print(json.dumps(r, indent=1))
    print(len(s.requests))
    r = s.run("receive_connector", {"close_relay": True, "adopt": True, "max_message_size": "25MB"})
    print(json.dumps(r, indent=1))
    print(len(s.requests))
    r = s.run("receive_connector", {"close_relay": True, "adopt": True, "max_message_size": "25MB"})
    print(json.dumps(r, indent=1))
    print(len(s.requests))
    r = s.run("receive_connector", {"adopt": True, "remote_ip_ranges": ["203.0.113.0/24"]})
    print(json.dumps(r, indent=1))
    print(len(s.requests))
    assert 0
