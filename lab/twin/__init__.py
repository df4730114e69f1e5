"""The lab's fast backend: Python answers as the agent would.

A module that answers for a part of the agent (``plugins/agent``) bears that part's name. ``backend`` is what stands
behind an endpoint, ``functions`` what each of the agent's functions takes; ``raw`` and ``certificate`` have no part.
"""
