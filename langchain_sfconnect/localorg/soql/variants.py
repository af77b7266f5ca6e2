"""Resolves TYPEOF: one shape per object that a polymorphic relationship may lead to; knows no SQL."""

from __future__ import annotations

from collections.abc import Iterable

from langchain_sfconnect.localorg import errors
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.soql import refusals, tree
from langchain_sfconnect.localorg.soql.exprs import Link, name_of
from langchain_sfconnect.localorg.soql.plan import Shape, Variants
from langchain_sfconnect.localorg.soql.scope import Place, Scope
from langchain_sfconnect.localorg.soql.shapes import Shapes, relationship_name


def add_variants(scope: Scope, shapes: Shapes, item: tree.TypeOf) -> None:
    """Add a TYPEOF to the select list.

    Raises:
        OrgError: MALFORMED_QUERY, INVALID_TYPE or INVALID_FIELD, pointing at the place.
    """
    trail = scope.follow(item.path)
    link = trail[-1]
    if not link.polymorphic:
        raise scope.context.malformed(item.path.at, refusals.not_polymorphic(item.path))
    chosen, made = _branches(scope, item, link), {}
    for join in link.joins:
        fields = chosen.get(join.sobject.name)
        if fields is not None:
            made[join.sobject.name] = _own_fields(scope, shapes, Place(trail, join), fields)
        elif item.otherwise is not None:
            made[join.sobject.name] = _common_fields(scope, shapes, Place(trail, join), item)
    above = shapes.below(shapes.root, trail[:-1], item.path.at)
    shapes.put(above, relationship_name(link), Variants(shapes.type_slot(link), made), item.path.at)


def _branches(scope: Scope, item: tree.TypeOf, link: Link) -> dict[str, tuple[tree.Path, ...]]:
    chosen: dict[str, tuple[tree.Path, ...]] = {}
    for branch in item.branches:
        name = _target(scope, branch, item, link).name
        if name in chosen:
            raise scope.context.malformed(branch.at, refusals.repeated_type(name))
        chosen[name] = branch.fields
    return chosen


def _target(scope: Scope, branch: tree.Branch, item: tree.TypeOf, link: Link) -> SObject:
    target = scope.context.schema.find(branch.sobject)
    if target is None:
        raise scope.context.invalid_type(branch.at, errors.unsupported_sobject(branch.sobject))
    if all(join.sobject.name != target.name for join in link.joins):
        raise scope.context.malformed(branch.at, refusals.impossible_type(branch.sobject, item.path))
    return target


def _own_fields(scope: Scope, shapes: Shapes, place: Place, paths: Iterable[tree.Path]) -> Shape:
    """The fields of a WHEN are those of its object."""
    shape = Shape(place.join.sobject, shapes.identity_slot(place.trail[-1]), None, {})
    for path in paths:
        found = scope.find_below(path, place)
        inner = shapes.below(shape, found.trail[len(place.trail) :], path.at)
        shapes.put(inner, name_of(found.value), shapes.item(found), path.at)
    return shape


def _common_fields(scope: Scope, shapes: Shapes, place: Place, item: tree.TypeOf) -> Shape:
    """The fields of an ELSE, which stands for many objects, are those that all records with a name have."""
    shape = Shape(place.join.sobject, shapes.identity_slot(place.trail[-1]), None, {})
    for path in item.otherwise or ():
        found = scope.find(tree.Path((*item.path.parts, *path.parts), path.at))
        shapes.put(shape, name_of(found.value), shapes.item(found), path.at)
    return shape
