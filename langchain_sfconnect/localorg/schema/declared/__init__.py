"""Objects, fields, rules, profiles and users that a developer declares in a YAML file or a Python mapping."""
