"""The composite tool: up to 25 requests in one, each able to use the results of those before it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel

from langchain_sfconnect.connection import Operation, Result
from langchain_sfconnect.tools.arguments import ToolArgs, parsed_json, shown
from langchain_sfconnect.tools.outcomes import Outcome, outcomes_of, whole_failure
from langchain_sfconnect.tools.spec import CallContext, Shaped, ToolSpec
from langchain_sfconnect.tools.subrequests import complete_url

MAX_SUBREQUESTS = 25
_RESERVED_HEADERS = {"accept", "authorization", "content-type"}


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _checked_url(url: str) -> str:
    complete_url(url, "0.0")
    return url


def _checked_headers(headers: dict[str, str]) -> dict[str, str]:
    if _RESERVED_HEADERS & {name.lower() for name in headers}:
        raise ValueError("must not set Accept, Authorization or Content-Type: Salesforce refuses these in a subrequest")
    return headers


class _Camel(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class Subrequest(_Camel):
    """One request of a composite."""

    method: Annotated[Literal["GET", "POST", "PATCH", "PUT", "DELETE"], BeforeValidator(_upper)]
    url: Annotated[str, AfterValidator(_checked_url)]
    reference_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]*$", max_length=80)]
    body: Any = None
    http_headers: Annotated[dict[str, str], AfterValidator(_checked_headers)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_body(self) -> Subrequest:
        if self.body is not None and self.method in ("GET", "DELETE"):
            raise ValueError(f"has a body, which a {self.method} cannot have")
        return self

    def payload(self, api_version: str) -> dict[str, Any]:
        """As Salesforce takes it."""
        return {**self.model_dump(exclude_unset=True, by_alias=True), "url": complete_url(self.url, api_version)}


class CompositeRequest(_Camel):
    """All of a composite."""

    all_or_none: bool = False
    collate_subrequests: bool = True
    composite_request: list[Subrequest] = Field(min_length=1, max_length=MAX_SUBREQUESTS)

    @model_validator(mode="after")
    def _check_references(self) -> CompositeRequest:
        names = [subrequest.reference_id for subrequest in self.composite_request]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"uses the referenceId {shown(twice)} twice")
        return self


def _as_request(value: Any) -> Any:
    request = parsed_json(value)
    return {"compositeRequest": request} if isinstance(request, list) else request


class CompositeArgs(ToolArgs):
    """A composite, as an object or as its JSON text."""

    composite_request: Annotated[CompositeRequest, BeforeValidator(_as_request), WithJsonSchema({"type": "object"})]


def build_composite(args: CompositeArgs, context: CallContext) -> Operation:
    request = args.composite_request
    only_reads = all(subrequest.method == "GET" for subrequest in request.composite_request)
    payload = {
        **request.model_dump(exclude_unset=True, by_alias=True, exclude={"composite_request"}),
        "compositeRequest": [subrequest.payload(context.api_version) for subrequest in request.composite_request],
    }
    return Operation("POST", "/composite", kind="read" if only_reads else "write", idempotent=only_reads, json=payload)


def shape_composite(result: Result, args: CompositeArgs, _: CallContext) -> Shaped:
    """What became of each subrequest.

    Raises:
        SalesforceAPIError: Nothing at all was done: one failed under allOrNone, or all failed.
    """
    answer = dict(result.data or {})
    outcomes = outcomes_of(answer)
    failed = [outcome for outcome in outcomes if outcome.errors]
    if failed and (args.composite_request.all_or_none or len(failed) == len(outcomes)):
        raise whole_failure(failed, all_or_none=args.composite_request.all_or_none)
    return Shaped(_content(outcomes, failed), answer)


def _content(outcomes: list[Outcome], failed: list[Outcome]) -> dict[str, Any]:
    content: dict[str, Any] = {"results": [outcome.content() for outcome in outcomes]}
    if failed:
        names = [outcome.reference for outcome in failed]
        content["failed"] = names
        content["note"] = "The others were carried out. Repeat only what failed."
    return content


COMPOSITE = ToolSpec(
    name="salesforce_composite",
    description=(
        'Send up to 25 requests in one, in order: {"allOrNone": true, "compositeRequest": [{"method": "POST", "url": '
        '"/sobjects/Contact", "referenceId": "con", "body": {"LastName": "Ito"}}, {"method": "POST", "url": '
        '"/sobjects/OpportunityContactRole", "referenceId": "role", "body": {"ContactId": "@{con.id}", '
        '"OpportunityId": "006…"}}]}. @{ref.id} uses an earlier result; allOrNone saves all or nothing. Queries: GET '
        "/query?q=SELECT …"
    ),
    action="mixed",
    free_form=True,
    args=CompositeArgs,
    build=build_composite,
    shape=shape_composite,
)

SPECS = (COMPOSITE,)
