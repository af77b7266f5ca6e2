"""Reports and dashboards over REST: described, run from the org's own rows, saved."""
