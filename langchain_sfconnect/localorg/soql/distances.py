"""Resolves DISTANCE and GEOLOCATION: which columns or numbers say where two places are; knows no SQL."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import cast

from langchain_sfconnect.localorg.errors import OrgError
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.compounds import spot_of
from langchain_sfconnect.localorg.soql.exprs import Distance, Spot
from langchain_sfconnect.localorg.soql.scope import Scope


def resolve_distance(scope: Scope, call: tree.Call) -> Distance:
    """Return a distance. The place a field names comes first, as Salesforce wants it.

    Raises:
        OrgError: INVALID_FIELD or MALFORMED_QUERY, pointing at the call.
    """
    match call.arguments:
        case (tree.Path() as start, (tree.Path() | tree.Call()) as end, tree.Text(raw)):
            return Distance(str(start), _spot(scope, call, start), _spot(scope, call, end), _unit(scope, call, raw))
        case _:
            raise _refuse(scope, call, refusals.DISTANCE_ARGUMENTS)


def _spot(scope: Scope, call: tree.Call, place: tree.Path | tree.Call) -> Spot:
    if isinstance(place, tree.Path):
        spot = spot_of(scope.find(place))
        if spot is None:
            raise _refuse(scope, call, refusals.DISTANCE_ARGUMENTS)
        return spot
    match place.name.upper(), place.arguments:
        case "GEOLOCATION", (tree.Number(latitude), tree.Number(longitude)):
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
                raise _refuse(scope, place, refusals.GEOLOCATION_RANGE)
            return Spot(float(latitude), float(longitude))
        case _:
            raise _refuse(scope, call, refusals.DISTANCE_ARGUMENTS)


def _unit(scope: Scope, call: tree.Call, raw: str) -> OneOf["mi", "km"]:
    if raw.lower() not in ("mi", "km"):
        raise _refuse(scope, call, refusals.DISTANCE_UNIT)
    return cast(OneOf["mi", "km"], raw.lower())


def _refuse(scope: Scope, call: tree.Call, text: str) -> OrgError:
    return scope.context.malformed(call.at, text)
