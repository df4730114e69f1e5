"""The snowball, told three times: an office, its Exchange and a provider that throttles, two weeks in a minute.

``story`` runs one of them, ``plot`` draws them.
"""
