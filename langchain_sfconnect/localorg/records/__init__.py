"""Writing records: what a request may say, what follows from it, and what is refused."""
