"""The simulated SBS POP3 connector of a host: its file, its service, its log, and what it fetches.

What is known of the real one is in few public places; everything that nobody knows is in ``profiles.yml``, which is
flagged as ASSUMED and has several answers to every open question. ``profiles`` reads it, ``document`` is the accounts
file as text, ``records`` the connector's own lenient reading of it, ``console`` writes it as the SBS console would.
``dpapi``, ``files``, ``services``, ``tasks`` and ``program`` are the pieces of Windows that it needs, ``fetch`` is
``-downloadNow``, ``settings`` reads what a state says, ``host`` ties them together.
"""

from lab.pop3.host import Pop3Host

__all__ = ["Pop3Host"]
