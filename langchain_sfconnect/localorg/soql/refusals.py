"""What is said about statements that cannot be run, in Salesforce's words where they are known; knows no cause."""

from __future__ import annotations

BIND_VARIABLE = "Bind variables only allowed in Apex code"
EMPTY = "SOQL statements cannot be empty or null"
NO_SEARCH_TERM = "No search term found. The search term must be enclosed in braces."
NO_DATA_CATEGORIES = "WITH DATA CATEGORY is not supported: this organization has no data categories"
ONE_CURRENCY = "convertCurrency() needs an organization with multiple currencies; this one has a single currency"
ALIAS = "only aggregate expressions use field aliasing"
BOOLEAN_ORDER = "invalid operator on boolean field"

# --- the statement ----------------------------------------------------------------------------------------------------


def unexpected_token(word: object) -> str:
    return f"unexpected token: '{word}'"


def unterminated(row: int, column: int) -> str:
    return f"line {row}:{column} mismatched character '<EOF>' expecting '''"


def too_long(language: str, limit: int) -> str:
    return f"{language} statements cannot be longer than {limit} characters."


def invalid_date(text: str) -> str:
    return f"line 1: invalid date: {text}"


def invalid_time(text: str) -> str:
    return f"line 1: invalid time: {text}"


def too_many_levels(limit: int) -> str:
    return f"Queries may be nested {limit} levels deep at most."


def unsupported_scope(scope: str) -> str:
    return f"scope '{scope}' is not supported"


# --- names ------------------------------------------------------------------------------------------------------------


def too_deep(path: object, limit: int) -> str:
    return f"Relationship depth of '{path}' is more than {limit} levels."


def unusable(name: str, action: str) -> str:
    """`action` is filtered, sorted or grouped."""
    return f"field '{name}' can not be {action} in a query call"


# --- the select list --------------------------------------------------------------------------------------------------

FIELDS_ARGUMENT = "FIELDS takes ALL, STANDARD or CUSTOM"
COUNT_ALONE = "COUNT() must be alone: it takes no GROUP BY and no ORDER BY"
COUNT_NOT_ALONE = "COUNT() must be the only element of the select list"
SUBQUERY_WITH_AGGREGATE = "Subqueries cannot be used in a query with aggregates"
AGGREGATE_IN_SUBQUERY = "Aggregates and GROUP BY cannot be used in a subquery"
SUBQUERY_OFFSET = "OFFSET in a subquery needs LIMIT 1 on the outer query"
TYPEOF_IN_AGGREGATE = "TYPEOF cannot be used in a query with aggregates or GROUP BY"


def unlimited_fields(limit: int) -> str:
    return f"The SOQL FIELDS function must have a LIMIT of at most {limit}"


def selected_twice(name: str) -> str:
    return f"duplicate field selected: {name}"


def duplicate_subquery(name: str) -> str:
    return f"duplicate subquery: {name}"


def duplicate_alias(name: str) -> str:
    return f"duplicate alias: {name}"


def too_many_subqueries(limit: int) -> str:
    return f"a query has {limit} subqueries at most"


def not_polymorphic(path: object) -> str:
    return f"TYPEOF needs a relationship that leads to several objects: {path}"


def impossible_type(name: str, path: object) -> str:
    return f"'{path}' never leads to an object of type '{name}'"


def repeated_type(name: str) -> str:
    return f"duplicate WHEN in a TYPEOF: {name}"


# --- functions --------------------------------------------------------------------------------------------------------

LONE_AGGREGATE = "An aggregate query without GROUP BY can have no ORDER BY, LIMIT or OFFSET"
HAVING_ALONE = "HAVING needs a GROUP BY clause"
SUBTOTALS_ALONE = "ROLLUP and CUBE hold all fields of a GROUP BY clause"
GROUPING_ALONE = "GROUPING needs GROUP BY ROLLUP or GROUP BY CUBE"
CONVERTED_MOMENTS = "convertTimezone() takes a field of type dateTime"
DISTANCE_ARGUMENTS = "DISTANCE takes a location field, a location field or GEOLOCATION(latitude, longitude), and a unit"
DISTANCE_UNIT = "DISTANCE measures in 'mi' or 'km'"
DISTANCE_OPERATOR = "DISTANCE can only be compared with < and >"
GEOLOCATION_RANGE = "GEOLOCATION takes a latitude from -90 to 90 and a longitude from -180 to 180"


def ungrouped(name: str) -> str:
    return f"Field must be grouped or aggregated: {name}"


def ungrouped_order(name: str) -> str:
    return f"Ordered field must be grouped or aggregated: {name}"


def too_many_subtotals(limit: int) -> str:
    return f"ROLLUP and CUBE take {limit} fields at most"


def one_field(function: str) -> str:
    return f"{function} takes one field"


def no_date_function(name: str, function: str) -> str:
    return f"field {name} does not support date function {function}"


def no_aggregate(name: str, function: str) -> str:
    return f"field {name} does not support aggregate operator {function}"


# --- conditions -------------------------------------------------------------------------------------------------------


def invalid_operator(kind: str) -> str:
    return f"invalid operator on {kind} field"


def wrong_literal(name: str, kind: str, *, quoted: bool) -> str:
    """`kind` is what the field holds, as people say it; `quoted` whether its values stand in quotes."""
    quotes = "should be enclosed in quotes" if quoted else "should not be enclosed in quotes"
    return f"value of filter criterion for field '{name}' must be of type {kind} and {quotes}"


def date_out_of_range(name: str, count: int | None) -> str:
    return f"date out of range: {name}:{count}"


def bad_escape(raw: str, sequence: object) -> str:
    return f"Invalid string literal '{raw}'. Illegal character sequence '{sequence}' in string literal."


def text_too_long(limit: int) -> str:
    return f"String literals in a WHERE clause hold {limit} characters at most"


def invalid_id(text: str) -> str:
    return f"invalid ID field: {text}"


def foreign_currency(code: str, own: str) -> str:
    return f"invalid currency code: {code}; the currency of this organization is {own}"


def only_in_apex(clause: str) -> str:
    return f"{clause} is not allowed in this context"


# --- semi-joins -------------------------------------------------------------------------------------------------------

SEMI_JOIN_BELOW = "Semi join sub-selects are not allowed with the 'OR' or 'NOT' operator"
SEMI_JOIN_LEFT = "The left operand of a semi join must be an Id or reference field of the queried object"
SEMI_JOIN_CLAUSES = "Semi join sub-selects can have no ORDER BY, LIMIT, OFFSET, GROUP BY or FOR UPDATE"
SEMI_JOIN_SELECT = "SELECT in a semi join must name exactly one Id or reference field"
SEMI_JOIN_FIELD = "The inner field of a semi join must be an Id or reference field of its own object"
SEMI_JOIN_NESTED = "Nesting of semi join sub-selects is not supported"
SEMI_JOIN_SAME = "The inner and outer selects should not be on the same object type"


def too_many_semi_joins(limit: int) -> str:
    return f"maximum number of semi join sub-selects is {limit}"


def no_semi_join_from(name: object) -> str:
    return f"Entity '{name}' is not supported for semi join inner selects"


def different_targets(inner: str, outer: str) -> str:
    return (
        f"The selected field '{inner}' in the subquery and the left operand field in the where expression in the "
        f"outer query '{outer}' should point to the same object type"
    )
