"""What of a schema each profile sees."""

from __future__ import annotations

import pytest

from langchain_sfconnect.localorg.schema import Schema, load_schema


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema(
        {
            "profiles": {
                "Narrow": {
                    "objects": {
                        "Opportunity": {
                            "create": False, "delete": False, "fields": {"Amount": "read", "NextStep": "none"},
                        },
                        "Contact": {"fields": {"Email": "none", "MailingAddress": "none"}},
                        "Lead": {"read": False},
                        "Task": {"edit": False},
                    }
                }
            }
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def seen(schema: Schema) -> Schema:
    return schema.seen_by(schema.permissions_of("Narrow"))


def test_a_profile_that_is_not_declared_sees_everything(schema):
    assert schema.seen_by(schema.permissions_of("Standard User")) is schema


def test_an_object_that_may_not_be_read_is_not_there(seen):
    assert seen.find("Lead") is None
    assert seen.of_id("00Q000000000001") is None
    assert all(child.child != "Lead" for child in seen["User"].children)


def test_a_hidden_field_is_not_there_and_a_read_one_cannot_be_written(seen, schema):
    opportunity = seen["Opportunity"]
    assert opportunity.field("NextStep") is None
    assert opportunity.field("Amount").flags == "N---F-S"
    assert schema["Opportunity"].field("Amount").flags == "NCU-F-S"


def test_missing_rights_lower_the_object_and_all_its_fields(seen):
    opportunity, task = seen["Opportunity"], seen["Task"]
    assert (opportunity.createable, opportunity.updateable, opportunity.deletable) == (False, True, False)
    assert not any(field.createable for field in opportunity.fields)
    assert opportunity.field("StageName").updateable
    assert (task.createable, task.updateable) == (True, False)
    assert not any(field.updateable for field in task.fields)


def test_hiding_an_address_hides_its_parts(seen):
    names = {field.name for field in seen["Contact"].fields}
    assert not any(name.startswith("Mailing") for name in names)
    assert "OtherCity" in names


def test_a_field_that_shows_a_hidden_one_is_hidden_too(seen):
    assert seen["Case"].field("ContactEmail") is None
    assert seen["Case"].field("ContactPhone") is not None


def test_the_same_permissions_see_the_same_schema(schema, seen):
    assert schema.seen_by(schema.permissions_of("Narrow")) is seen
