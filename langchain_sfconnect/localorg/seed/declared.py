"""The profiles, users and record types that a schema declares, and users added later; knows no business record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_sfconnect.localorg import sqltext
from langchain_sfconnect.localorg.schema import SObject
from langchain_sfconnect.localorg.schema.permissions import DeclaredUser
from langchain_sfconnect.localorg.seed.planter import Planter, Row
from langchain_sfconnect.localorg.seed.setup import bare_row, profile_row, user_values
from langchain_sfconnect.localorg.sqltext import Sql


def plant_declared(planter: Planter) -> None:
    """Plant what the schema declares and the org does not have yet; what it has follows the schema."""
    for name, permissions in planter.schema.permissions.items():
        _have_profile(planter, name, {"PermissionsApiEnabled": int(permissions.api_enabled)})
    for user in planter.schema.users:
        if _find(planter, "User", {"Username": user.username}) is None:
            plant_user(planter, user)
    for sobject in planter.schema:
        _have_record_types(planter, sobject)


def plant_user(planter: Planter, user: DeclaredUser) -> Row:
    """Plant a user and return the row.

    Raises:
        ValueError: there is no such profile, or the username is taken.
    """
    profile = _find(planter, "Profile", {"Name": user.profile})
    if profile is None:
        raise ValueError(f"There is no profile {user.profile!r}")
    if _find(planter, "User", {"Username": user.username}) is not None:
        raise ValueError(f"The username {user.username!r} is taken")
    return planter.store("User", [bare_row(planter, "User", user_values(user, profile["Id"]))])[0]


def _have_profile(planter: Planter, name: str, values: Mapping[str, Any]) -> None:
    found = _find(planter, "Profile", {"Name": name})
    if found is None:
        planter.store("Profile", [bare_row(planter, "Profile", profile_row(name) | {"Name": name, **values})])
    else:
        _set(planter, "Profile", found["Id"], values)


def _have_record_types(planter: Planter, sobject: SObject) -> None:
    for rule in sobject.record_types:
        values = {"Name": rule.label, "IsActive": int(rule.active)}
        record_id = rule.id_on(sobject.name)
        if _find(planter, "RecordType", {"Id": record_id}) is None:
            fixed = {"Id": record_id, "DeveloperName": rule.developer_name, "SobjectType": sobject.name}
            planter.store("RecordType", [bare_row(planter, "RecordType", fixed | values)])
        else:
            _set(planter, "RecordType", record_id, values)


def _find(planter: Planter, sobject: str, wanted: Mapping[str, str]) -> Row | None:
    same = sqltext.joined(" AND ", (sqltext.name(name) + Sql("= ?", (value,)) for name, value in wanted.items()))
    return planter.database.record(Sql("SELECT * FROM") + sqltext.name(sobject) + Sql("WHERE") + same)


def _set(planter: Planter, sobject: str, record_id: str, values: Mapping[str, Any]) -> None:
    pairs = sqltext.joined(", ", (sqltext.name(name) + Sql("= ?", (value,)) for name, value in values.items()))
    update = Sql("UPDATE") + sqltext.name(sobject) + Sql("SET") + pairs
    planter.database.run(update + Sql('WHERE "Id" = ?', (record_id,)))
