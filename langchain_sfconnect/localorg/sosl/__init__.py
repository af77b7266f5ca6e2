"""SOSL: search by words over SQLite's full-text index."""
