"""A simulated mail provider on 127.0.0.1: a real SMTP submission server that throttles young mailboxes, and POP3.

``settings`` reads what a state or a change says (``values`` a single value, ``messages`` what waits in a mailbox),
``allowance`` counts mails an hour, ``maildrops`` holds what waits, ``records`` keeps what happened. ``session`` is one
SMTP connection, ``pop3_session`` one of POP3 over a ``pop3_stream``, ``server`` the thread that listens, ``provider``
ties them together.
"""

from lab.provider.provider import SimulatedProvider

__all__ = ["SimulatedProvider"]
