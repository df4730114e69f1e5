"""The SMTP that a simulated Hub Transport server speaks to whoever delivers to it, as its receive connectors say.

``session`` is what is said, ``reception`` what a session asks of its server, ``replies`` the words, ``visit`` a client
in process. Sockets are elsewhere: a session takes lines and gives replies.
"""
