"""The OAuth side of the local org: consent, tokens, revocation, identity; knows nothing of records and queries."""
