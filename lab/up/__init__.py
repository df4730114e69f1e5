"""A lab that is up: its hosts and provider in one process, who runs it, how others find it and speak to it."""
