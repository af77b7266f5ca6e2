"""What only the REST side refuses, in Salesforce's codes and words; knows nothing of routes or records."""

from __future__ import annotations

from langchain_sfconnect.localorg.errors import OrgError


def uri_too_long(most: int) -> OrgError:
    return OrgError(414, "URI_TOO_LONG", f"The URI is longer than {most} bytes")


def headers_too_large(most: int) -> OrgError:
    text = f"The URI and the headers together are longer than {most} bytes"
    return OrgError(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", text)


def body_too_large(most: int) -> OrgError:
    return OrgError(413, "REQUEST_ENTITY_TOO_LARGE", f"The body is larger than {most} bytes")


def content_encoding_not_supported(encoding: str) -> OrgError:
    text = f"Content encoding {encoding} not supported. Supported content encodings are: gzip"
    return OrgError(415, "UNSUPPORTED_MEDIA_TYPE", text)


def not_compressed_as_said() -> OrgError:
    return OrgError(400, "INVALID_CONTENT_ENCODING", "The body is not gzip, although its Content-Encoding says so")


def version_retired(segment: str, oldest: int) -> OrgError:
    return OrgError(410, "GONE", f"API version {segment} is retired. Use v{oldest}.0 or later.")


def too_many_at_once() -> OrgError:
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return OrgError(403, "REQUEST_LIMIT_EXCEEDED", text)


def precondition_failed() -> OrgError:
    text = "The precondition specified in the request headers does not hold for this resource"
    return OrgError(412, "PRECONDITION_FAILED", text)


def not_a_moment(name: str, value: str) -> OrgError:
    return OrgError(400, "INVALID_PARAMETER", f"The parameter {name} is not a date and time with a zone: {value}")


# --- several records in one request -----------------------------------------------------------------------------------


def too_many_records(most: int) -> OrgError:
    text = f"record limit reached. cannot submit more than {most} records into this call"
    return OrgError(400, "EXCEEDED_ID_LIMIT", text)


def rolled_back() -> OrgError:
    text = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    return OrgError(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", text)


def type_missing() -> OrgError:
    return OrgError(400, "INVALID_INPUT", "Include attributes.type in every record of the request", ())


def type_must_be(sobject: str) -> OrgError:
    return OrgError(400, "INVALID_INPUT", f"attributes.type must be {sobject} here", ())


def id_missing() -> OrgError:
    return OrgError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ())


def key_missing(field: str) -> OrgError:
    return OrgError(400, "MISSING_ARGUMENT", f"{field} not specified", ())


def bad_id(record_id: str) -> OrgError:
    return OrgError(400, "MALFORMED_ID", f"bad id {record_id}", ())


def id_twice(record_id: str) -> OrgError:
    return OrgError(400, "DUPLICATE_VALUE", f"duplicate id specified: {record_id}", ("Id",))


def key_twice(field: str, value: str) -> OrgError:
    return OrgError(400, "DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (field,))


def key_of_several(field: str, record_ids: list[str]) -> OrgError:
    text = f"{field}: more than one record found for external id field: [{', '.join(record_ids)}]"
    return OrgError(400, "DUPLICATE_EXTERNAL_ID", text, ())


def reference_id_missing() -> OrgError:
    return OrgError(400, "INVALID_INPUT", "Include attributes.referenceId in every record of the request", ())


def reference_id_twice() -> OrgError:
    return OrgError(400, "INVALID_INPUT", "Duplicate ReferenceId provided in the request.", ())


def tree_too_large(levels: int, records: int) -> OrgError:
    text = f"A tree has at most {levels} levels and {records} records in total"
    return OrgError(400, "INVALID_INPUT", text)


# --- several calls in one request -------------------------------------------------------------------------------------


def too_many_calls(most: int, what: str = "") -> OrgError:
    kind = f"{what} " if what else ""
    return OrgError(400, "LIMIT_EXCEEDED", f"The request can’t contain more than {most} {kind}operations.")


def transaction_rolled_back() -> OrgError:
    text = "The transaction was rolled back since another operation in the same transaction failed."
    return OrgError(400, "PROCESSING_HALTED", text)


def batch_halted() -> OrgError:
    return OrgError(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")


def newer_than_its_batch(version: str, batch: str) -> OrgError:
    text = f"The version of a subrequest, {version}, must not be newer than the batch's, {batch}"
    return OrgError(400, "INVALID_BATCH_REQUEST", text)


# --- reports and dashboards -------------------------------------------------------------------------------------------


def bad_report(text: str) -> OrgError:
    """Metadata of a report that makes no sense, or that is beyond what is emulated; `text` says which."""
    return OrgError(400, "BAD_REQUEST", text)


def not_emulated(what: str) -> OrgError:
    return bad_report(f"The local org does not emulate {what} in reports")


def unknown_column(name: str) -> OrgError:
    return bad_report(f"The column {name} is not one of this report type's")


def report_gone() -> OrgError:
    return OrgError(404, "REPORT_NOT_FOUND", "The report of this component is gone.")


def unknown_dashboard_filter(value: str) -> OrgError:
    return bad_report(f"The dashboard has no filter option {value}")
