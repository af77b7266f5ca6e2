"""The `sfconnect` command line."""
