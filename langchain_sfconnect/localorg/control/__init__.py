"""The administrator's levers over HTTP, below `/_local/`, a prefix that Salesforce does not use."""

PREFIX = "/_local/"


def serves(path: str) -> bool:
    """Whether a path is below the prefix."""
    return f"{path}/".startswith(PREFIX)
