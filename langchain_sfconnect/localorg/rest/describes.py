"""What objects are: describes, with 304 for who has them already, and the layouts of an org nobody has customised."""

from __future__ import annotations

from typing import Any

from langchain_sfconnect.localorg.rest import conditional
from langchain_sfconnect.localorg.rest.call import Call, Reply
from langchain_sfconnect.localorg.rest.conditional import State
from langchain_sfconnect.localorg.rest.layouts import compact_layout, layout, search_layout

_MASTER_TYPE = "012000000000000AAA"


def describe_global(call: Call) -> Reply:
    """`GET /sobjects`."""
    return _dated(call, call.session.describe_global())


def describe(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/describe`."""
    return _dated(call, call.session.describe(call.params["sobject"]))


def layouts(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/describe/layouts[/{record_type}]`: one layout, of every field the user may see."""
    described = call.session.describe(call.params["sobject"])
    if "record_type" in call.params:
        return Reply(body=layout(described))
    mappings = [
        {**_without(info, "urls"), "layoutId": None, "picklistsForRecordType": []}
        for info in described["recordTypeInfos"]
    ]
    body = {"layouts": [layout(described)], "recordTypeMappings": mappings, "recordTypeSelectorRequired": [False]}
    return Reply(body=body)


def compact_layouts(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/describe/compactLayouts`."""
    described = call.session.describe(call.params["sobject"])
    mapping = {"available": True, "compactLayoutId": None, "compactLayoutName": "SYSTEM", "recordTypeId": _MASTER_TYPE}
    body = {
        "compactLayouts": [compact_layout(described)],
        "defaultCompactLayoutId": None,
        "recordTypeCompactLayoutMappings": [mapping],
    }
    return Reply(body=body)


def primary_compact_layouts(call: Call) -> Reply:
    """`GET /compactLayouts?q=Account,Contact`."""
    described = [call.session.describe(name) for name in call.names("q") or []]
    return Reply(body={item["name"]: compact_layout(item) for item in described})


def approval_layouts(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/describe/approvalLayouts`: there are no approval processes."""
    call.session.describe(call.params["sobject"])
    return Reply(body={"approvalLayouts": []})


def list_views(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/listviews`: nobody has made any."""
    described = call.session.describe(call.params["sobject"])
    body = {"done": True, "listviews": [], "nextRecordsUrl": None, "size": 0, "sobjectType": described["name"]}
    return Reply(body=body)


def quick_actions(call: Call) -> Reply:
    """`GET /sobjects/{sobject}/quickActions`: nobody has made any."""
    call.session.describe(call.params["sobject"])
    return Reply(body=[])


def search_layouts(call: Call) -> Reply:
    """`GET /search/layout?q=Account,Contact`."""
    return Reply(body=[search_layout(call.session.describe(name)) for name in call.names("q") or []])


def _dated(call: Call, body: dict[str, Any]) -> Reply:
    return conditional.answered(call, body, State(call.session.described_at()))


def _without(item: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != name}
