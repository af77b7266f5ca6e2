"""What is said of a declaration that cannot be used, always with the place and with what to do; knows no check."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

NOT_EMULATED = {
    "formula": "formulas are not computed here; declare a plain field and write its value",
    "summary": "roll-up summaries are not computed here; declare a number or currency field and write its value",
    "rollup": "roll-up summaries are not computed here; declare a number or currency field and write its value",
    "trigger": "triggers are not run here; declare validation_rules, or do it in the program under test",
    "flow": "flows are not run here; do it in the program under test",
    "workflow": "workflow rules are not run here; do it in the program under test",
    "process": "processes are not run here; do it in the program under test",
    "apex": "Apex is not run here; do it in the program under test",
    "approval": "approval processes are not run here; do it in the program under test",
    "assignment": "assignment rules are not run here; give the record an OwnerId",
    "sharing": "record sharing is not emulated: who may read an object reads all its records; use profiles",
    "layout": "layouts are not emulated; leave them out",
    "dependent": "dependent picklists are not emulated; leave the dependency out",
    "controlling": "dependent picklists are not emulated; leave the dependency out",
    "external_lookup": "external lookups are not emulated; use lookup",
    "indirect_lookup": "indirect lookups are not emulated; use lookup",
    "hierarchy": "hierarchical lookups are not emulated; use lookup",
    "file": "file fields are not emulated; leave them out",
    "permission_set": "permission sets are not emulated; use profiles",
}


class SchemaError(ValueError):
    """A declared schema cannot be used.

    Attributes:
        problems: One sentence for each thing that is wrong; each begins with its place in the file.
    """

    def __init__(self, origin: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  ".join([f"{origin} cannot be used:", *self.problems]))


def unknown_word(word: str, known: Iterable[str], kind: str) -> str:
    """Say that a word is not one of ours: either it is not emulated, or it is perhaps misspelt."""
    lower = word.lower().replace(" ", "_").replace("-", "_")
    reason = next((text for key, text in NOT_EMULATED.items() if key in lower), None)
    if reason is not None:
        return f"{word!r} is not emulated: {reason}"
    offered = sorted(known)
    close = get_close_matches(lower, offered, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"write one of: {', '.join(offered)}"
    return f"{word!r} is no {kind}; {hint}"


NO_FILE = "there is no such file; give the path of a YAML file"
NO_YAML = "this is not YAML; mend it"
TWICE = "this key stands here twice; keep one"
NO_MAPPING = "a schema is a mapping with the keys objects, profiles and users"
MISSING = "this is missing; add it"
NO_TEXT = "this must be a text; write it in quotes (YAML reads yes, no and numbers as something else)"
NO_STANDARD_OBJECT = "there is no standard object of this name; a custom one ends in __c"
BAD_OBJECT_NAME = "a custom object's name is letters, digits and single underscores, 40 at most, and then __c"
BAD_FIELD_NAME = "a custom field's name is letters, digits and single underscores, 40 at most, and then __c"
BAD_WORD = "letters, digits and single underscores, beginning with a letter, 40 at most"
ONE_NAME_TWO_CASES = "this name is taken, if only in another case; choose another"
STANDARD_IS_GIVEN = "only a custom object has this; remove it: a standard one brings its own"
NO_LABEL = "a custom object needs a label"
NO_TARGET = "there is no such object; name a standard one or one that this schema declares"
CHILDREN_TAKEN = "another lookup gives its parent this name for the way down; write another name as children"
MASTER_ON_CUSTOM_ONLY = "only a custom object can have a master; use lookup"
TWO_MASTERS = "an object has two masters at most; use lookup"
OWN_MASTER = "an object cannot be its own master, not even by way of others; use lookup"
NO_DEFAULT_VALUE = "the default is not one of the values; add it to them or change it"
NO_LABELLED_VALUE = "a label is given for something that is not one of the values; add it to them or remove it"
REQUIRED_CLEAR = "a required lookup cannot be emptied; write restrict, or leave required out"
VALUE_TWICE = "a value stands here twice, if only in another case; keep one"
SEMICOLON = "a value of a multipicklist cannot contain a semicolon; it separates values"
CASE_NEEDS_UNIQUE = "case_sensitive says how unique compares; add unique: true or leave it out"
REQUIRED_DEFAULT = "a required checkbox means nothing in Salesforce; leave required out"
SCALE_TOO_LARGE = "precision counts all digits, so scale must be smaller; raise precision or lower scale"
DEFAULT_TOO_LONG = "the default does not fit into the field; shorten it or make the field larger"
BAD_FORMAT = "write the number as zeros in braces, once, as in INV-{0000}; date parts are not emulated"
NO_FIELD = "the object has no such field; name one that it has"
NO_PICKLIST = "only picklist fields have values; name one"
NO_PICKLIST_VALUE = "this is not one of the field's values; add it there or remove it here"
NAME_TAKEN = "this name is used twice; choose another"
TWO_DEFAULTS = "one record type at most is the default; remove the other"
NOT_PERMISSIONABLE = "Salesforce lets no profile be kept from this field: it is required or the system's; remove it"
NO_PROFILE = "there is no such profile; declare it under profiles, or name a standard one"
BAD_USERNAME = "a username looks like an email address"
USERNAME_TAKEN = "another user has this username; choose another"
TOO_MANY_OBJECTS = "there are no key prefixes left for so many custom objects"
