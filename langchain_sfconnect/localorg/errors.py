"""Every refusal of the local org: Salesforce's codes, statuses and message texts; knows nothing of HTTP or storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_sfconnect.localorg.encoding import encodable


class OrgError(Exception):
    """What Salesforce would refuse, ready to be answered.

    Args:
        status: The HTTP status Salesforce answers with.
        code: Salesforce's `errorCode`.
        message: The message text.
        fields: API names of the fields at fault; None where Salesforce sends no `fields` key.
        extra: Further keys of the error item, such as a duplicate report.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Iterable[str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = encodable(message)
        super().__init__(f"{code}: {self.message}")
        self.status = status
        self.code = code
        self.fields: tuple[str, ...] | None = None if fields is None else tuple(fields)
        self.extra: dict[str, Any] = dict(extra or {})

    @property
    def parts(self) -> tuple[OrgError, ...]:
        """The refusals this one is made of: itself, unless it is several."""
        return (self,)

    def body(self) -> list[Any]:
        """Return Salesforce's JSON array for this error."""
        item: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            item["fields"] = list(self.fields)
        return [{**item, **self.extra}]


class Refusals(OrgError):
    """Several refusals of one request: status and code are the first one's, the body lists them all."""

    def __init__(self, parts: Sequence[OrgError]) -> None:
        first = parts[0]
        super().__init__(first.status, first.code, first.message, first.fields, first.extra)
        self._parts = tuple(parts)

    @property
    def parts(self) -> tuple[OrgError, ...]:
        return self._parts

    def body(self) -> list[Any]:
        return [item for part in self.parts for item in part.body()]


def refuse(refusals: Sequence[OrgError]) -> None:
    """Raise what there is to refuse, or go on.

    Raises:
        OrgError: the one refusal, or all of them together.
    """
    if refusals:
        raise refusals[0] if len(refusals) == 1 else Refusals(refusals)


class MultipleMatches(OrgError):
    """An external id value that several records carry: status 300, and the body is the list of their URLs."""

    def __init__(self, urls: Sequence[str]) -> None:
        super().__init__(300, "MULTIPLE_CHOICES", "The external id matches several records.")
        self.urls = list(urls)

    def body(self) -> list[Any]:
        return list(self.urls)


# --- finding things ---------------------------------------------------------------------------------------------------


def not_found() -> OrgError:
    """An unknown object, record or path."""
    return OrgError(404, "NOT_FOUND", "The requested resource does not exist")


def unknown_external_field(segment: str) -> OrgError:
    """A path segment that is neither an id nor an external id field."""
    text = f"Provided external ID field does not exist or is not accessible: {segment}"
    return OrgError(404, "NOT_FOUND", text)


def entity_is_deleted() -> OrgError:
    """A record in the recycle bin."""
    return OrgError(404, "ENTITY_IS_DELETED", "entity is deleted", ())


def invalid_query_locator() -> OrgError:
    return OrgError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


# --- the session and the request --------------------------------------------------------------------------------------


def invalid_session() -> OrgError:
    return OrgError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def api_disabled() -> OrgError:
    """The user's profile has no "API Enabled"."""
    return OrgError(403, "API_CURRENTLY_DISABLED", "API is disabled for this User")


def session_not_for_rest() -> OrgError:
    return OrgError(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API")


def invalid_auth_header(reason: str = "INVALID_AUTH_HEADER") -> OrgError:
    """`reason` is the message: INVALID_HEADER_TYPE, INVALID_AUTH_HEADER, INVALID_JWT_FORMAT or INVALID_SCOPES."""
    return OrgError(401, "INVALID_AUTH_HEADER", reason)


def method_not_allowed(method: str, allowed: Iterable[str]) -> OrgError:
    text = f"HTTP Method '{method}' not allowed. Allowed are {','.join(allowed)}"
    return OrgError(405, "METHOD_NOT_ALLOWED", text)


def unsupported_media_type(content_type: str) -> OrgError:
    text = f"Content type {content_type} not supported. Supported content types are: application/json"
    return OrgError(415, "UNSUPPORTED_MEDIA_TYPE", text)


def request_limit_exceeded(text: str = "TotalRequests Limit exceeded.") -> OrgError:
    return OrgError(403, "REQUEST_LIMIT_EXCEEDED", text)


def unknown_exception(error_id: str) -> OrgError:
    text = f"An unexpected error occurred. Please include this ErrorId if you contact support: {error_id}"
    return OrgError(500, "UNKNOWN_EXCEPTION", text)


def processing_halted(text: str) -> OrgError:
    return OrgError(400, "PROCESSING_HALTED", text)


def json_parser_error(text: str) -> OrgError:
    """A body that is not JSON, or a value that cannot become the field's type."""
    return OrgError(400, "JSON_PARSER_ERROR", text)


def body_required() -> OrgError:
    return json_parser_error("The HTTP entity body is required, but this request has no entity body.")


def invalid_parameter(text: str) -> OrgError:
    """A request parameter or body property outside what the resource takes."""
    return OrgError(400, "INVALID_PARAMETER", text)


# --- writing records --------------------------------------------------------------------------------------------------


def no_such_column(name: str, sobject: str) -> OrgError:
    return OrgError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def id_in_body() -> OrgError:
    return OrgError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")


def external_id_in_body(name: str) -> OrgError:
    return OrgError(400, "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")


# --- queries and searches ---------------------------------------------------------------------------------------------

_CUSTOM_HINT = (
    "If you are attempting to use a custom {thing}, be sure to append the '__{suffix}' after the {what}. "
    "Please reference your WSDL or the describe call for the appropriate names."
)


def malformed_query(text: str) -> OrgError:
    return OrgError(400, "MALFORMED_QUERY", text)


def malformed_search(text: str) -> OrgError:
    return OrgError(400, "MALFORMED_SEARCH", text)


def invalid_query_field(text: str) -> OrgError:
    """A field used where or how it cannot be; `text` says which."""
    return OrgError(400, "INVALID_FIELD", text)


def invalid_query_type(text: str) -> OrgError:
    return OrgError(400, "INVALID_TYPE", text)


def invalid_filter_operator(text: str) -> OrgError:
    return OrgError(400, "INVALID_QUERY_FILTER_OPERATOR", text)


def offset_too_large() -> OrgError:
    return OrgError(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")


def too_many_groups() -> OrgError:
    text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
    return OrgError(400, "EXCEEDED_ID_LIMIT", text)


def query_too_complicated() -> OrgError:
    text = "Query is either selecting too many fields or the filter conditions are too complicated."
    return OrgError(400, "QUERY_TOO_COMPLICATED", text)


def unsupported_sobject(name: str) -> str:
    hint = _CUSTOM_HINT.format(thing="object", suffix="c", what="entity name")
    return f"sObject type '{name}' is not supported. {hint}"


def no_such_query_column(name: str, entity: str) -> str:
    hint = _CUSTOM_HINT.format(thing="field", suffix="c", what="custom field name")
    return f"No such column '{name}' on entity '{entity}'. {hint}"


def unknown_parent(name: str) -> str:
    hint = _CUSTOM_HINT.format(thing="relationship", suffix="r", what="custom relationship name")
    return f"Didn't understand relationship '{name}' in field path. {hint}"


def unknown_child(name: str) -> str:
    hint = _CUSTOM_HINT.format(thing="relationship", suffix="r", what="custom relationship name")
    return f"Didn't understand relationship '{name}' in FROM part of query call. {hint}"
