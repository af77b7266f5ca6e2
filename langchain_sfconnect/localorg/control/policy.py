"""The org's policy as JSON, whatever switches it has; knows none of them by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter, create_model, model_validator

from langchain_sfconnect.localorg.control.bodies import Body
from langchain_sfconnect.localorg.policy import Policy

LONGEST = timedelta(days=36_500)


class _PolicyChange(Body):
    """The switches to set; durations are seconds or ISO 8601, such as `PT15M`."""

    @model_validator(mode="after")
    def _durations_are_sane(self) -> _PolicyChange:
        for name in self.model_fields_set:
            given = getattr(self, name)
            if isinstance(given, timedelta) and not timedelta(0) <= given <= LONGEST:
                raise ValueError(f"{name} is a duration from 0 to {LONGEST.days} days")
        return self


@cache
def change_model() -> type[BaseModel]:
    """What a change of the policy may hold: each switch, none of them required."""
    hints = get_type_hints(Policy)
    switches: dict[str, Any] = {item.name: (hints[item.name], None) for item in fields(Policy)}
    return create_model("PolicyChange", __base__=_PolicyChange, **switches)


def shown(policy: Policy) -> Mapping[str, Any]:
    """The policy as JSON."""
    as_json: dict[str, Any] = _adapter().dump_python(policy, mode="json")
    return as_json


def change(policy: Policy, wanted: BaseModel) -> None:
    """Set the switches that were given."""
    for name in wanted.model_fields_set:
        setattr(policy, name, getattr(wanted, name))


@cache
def _adapter() -> TypeAdapter[Policy]:
    return TypeAdapter(Policy)
