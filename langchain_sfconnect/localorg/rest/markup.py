"""A reply as XML, for clients that ask for it: the same keys as the JSON, under Salesforce's root elements. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[^\W\d][\w.-]*")
_NIL = {"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:nil": "true"}
_ROOTS = (
    ("success", "Result"),
    ("records", "QueryResult"),
    ("searchRecords", "SearchResults"),
    ("fields", "DescribeSObjectResult"),
    ("sobjects", "DescribeGlobal"),
    ("DailyApiRequests", "LimitsSnapshot"),
)


def document(body: Any) -> bytes:
    """A reply's body as an XML document."""
    text: bytes = tostring(_root(body), encoding="UTF-8", xml_declaration=True)
    return text


def _root(body: Any) -> Element:
    if isinstance(body, list):
        return _list(body)
    if not isinstance(body, Mapping):
        root = Element("Result")
        root.text = _text(body)
        return root
    root = Element(_root_name(body))
    _fill(root, body)
    return root


def _list(items: list[Any]) -> Element:
    """A list has an element of its own: `Errors` of `Error`, `Versions` of `Version`, `Results` of `Result`."""
    first = items[0] if items and isinstance(items[0], Mapping) else {}
    one = "Error" if "errorCode" in first else "Version" if {"label", "url", "version"} == set(first) else "Result"
    root = Element(f"{one}s")
    for item in items:
        _add(root, one, item)
    return root


def _root_name(body: Mapping[str, Any]) -> str:
    attributes = body.get("attributes")
    if isinstance(attributes, Mapping) and _NAME.fullmatch(str(attributes.get("type", ""))):
        return str(attributes["type"])
    return next((name for key, name in _ROOTS if key in body), "Result")


def _fill(element: Element, body: Mapping[str, Any]) -> None:
    """Add the keys as elements; what identifies a record becomes attributes."""
    for name, value in body.items():
        if name == "attributes" and isinstance(value, Mapping):
            for key, text in value.items():
                element.set(key, _text(text))
        elif isinstance(value, list):
            for item in value:
                _add(element, name, item)
        else:
            _add(element, name, value)


def _add(parent: Element, name: str, value: Any) -> None:
    child = SubElement(parent, name if _NAME.fullmatch(name) else "entry")
    if child.tag != name:
        child.set("key", _text(name))
    if isinstance(value, Mapping):
        _fill(child, value)
    elif isinstance(value, list):
        for item in value:
            _add(child, "item", item)
    elif value is None:
        child.attrib.update(_NIL)
    else:
        child.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
