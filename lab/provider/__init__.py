"""A simulated mail provider: a real SMTP submission server on 127.0.0.1 that throttles young mailboxes.

``settings`` reads what a state or a change says, ``allowance`` counts mails an hour, ``records`` keeps what
happened, ``session`` is one SMTP connection, ``server`` the thread that listens, ``provider`` ties them together.
"""

from lab.provider.provider import SimulatedProvider

__all__ = ["SimulatedProvider"]
