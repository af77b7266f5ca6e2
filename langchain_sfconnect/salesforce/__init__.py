"""Salesforce's REST API as a connected account: hosts, answers, retries and one client."""
