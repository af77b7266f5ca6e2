"""SOQL: text, to tree, to a plan resolved against the schema, to parameterised SQL, to records."""
