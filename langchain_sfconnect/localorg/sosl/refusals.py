"""What searches are refused with: Salesforce's codes and message texts; knows no grammar and no schema."""

from __future__ import annotations

from langchain_sfconnect.localorg.errors import OrgError


def malformed(text: str) -> OrgError:
    return OrgError(400, "MALFORMED_SEARCH", text)


def too_short(term: str) -> OrgError:
    return malformed(f"search term must be longer than one character: {term}")


def unescaped(character: str, row: int, column: int) -> OrgError:
    """A reserved character without its backslash; `row` counts from 1, `column` from 0."""
    return malformed(f"line {row}:{column} mismatched character '{character}' expecting '}}'")


def unexpected(token: str) -> OrgError:
    return malformed(f"unexpected token: '{token}'")


def unclosed() -> OrgError:
    return malformed("unexpected end of the search term: a parenthesis is not closed")


def too_deep(limit: int) -> OrgError:
    return malformed(f"the operators and parentheses of a search term can be nested {limit} levels deep at most")


def repeated_object(name: str) -> str:
    return f"duplicate sobject in RETURNING: {name}"


def unsearchable(name: str) -> str:
    return f"entity type {name} does not support search"


def unknown_list_view(name: str, sobject: str) -> str:
    return f"list view '{name}' of {sobject} does not exist: the local org has only 'Recent'"


def repeated_setting(name: str) -> str:
    return f"WITH {name.upper()} is given more than once"


def feature_off(name: str) -> str:
    """A WITH clause for something that the org does not have."""
    return f"WITH {name.upper()} is not supported: the feature is not enabled for this organization"


def bad_setting(name: str, value: str | None) -> str:
    return f"WITH {name.upper()}: unexpected value '{value or ''}'"


def invalid_parameter(text: str) -> OrgError:
    """A parameter of a search outside what it takes."""
    return OrgError(400, "INVALID_PARAMETER", text)


def unknown_group(group: str) -> OrgError:
    return invalid_parameter(f"in: {group} is not one of ALL, NAME, EMAIL, PHONE, SIDEBAR")


def needs_objects(parameter: str, count: str = "at least one") -> OrgError:
    return invalid_parameter(f"{parameter}: needs {count} sobject")
