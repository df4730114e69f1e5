"""One simulated Windows host: what it is, the state that it begins in, what is asked and changed of it."""
