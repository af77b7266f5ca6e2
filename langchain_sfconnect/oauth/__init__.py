"""OAuth 2.0 as Salesforce speaks it: the pure flow, the endpoints, and what their errors mean."""
