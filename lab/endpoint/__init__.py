"""What stands around the WS-Management core: sockets, login, encryption, ordered faults, log."""
