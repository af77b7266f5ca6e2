"""The REST side of the local org: every resource is a plain function from a Call to a Reply; knows nothing of OAuth."""
