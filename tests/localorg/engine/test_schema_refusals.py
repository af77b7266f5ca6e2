"""Declarations that cannot be: refused with the place and with what to do, whatever they are."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langchain_sfconnect.localorg.schema import SchemaError, load_schema


def field(**declared):
    return {"objects": {"A__c": {"label": "A", "fields": {"B__c": declared}}}}


def thing(**declared):
    return {"objects": {"A__c": {"label": "A", **declared}}}


def account(**declared):
    return {"objects": {"Account": declared}}


PICK = {"type": "picklist", "values": ["x", "y"]}
AT_FIELD = "objects.A__c.fields.B__c"


def problems(declaration):
    with pytest.raises(SchemaError) as caught:
        load_schema(declaration)
    assert str(caught.value).splitlines()[0].endswith("cannot be used:")
    return caught.value.problems


@pytest.mark.parametrize(
    ("declaration", "place", "said"),
    [
        # what is not emulated says so, and what to do instead
        (field(type="formula"), f"{AT_FIELD}.type", "formulas are not computed here"),
        (field(type="rollup_summary"), f"{AT_FIELD}.type", "roll-up summaries are not computed here"),
        (field(type="Summary"), f"{AT_FIELD}.type", "declare a number or currency field"),
        (field(type="external_lookup"), f"{AT_FIELD}.type", "use lookup"),
        (field(type="text", length=3, formula="1"), AT_FIELD, "formulas are not computed here"),
        (field(**PICK, controlling_field="C__c"), AT_FIELD, "dependent picklists are not emulated"),
        (thing(triggers=[]), "objects.A__c", "triggers are not run here"),
        (thing(sharing_model="Private"), "objects.A__c", "record sharing is not emulated"),
        ({"flows": []}, "", "flows are not run here"),
        ({"permission_sets": []}, "", "use profiles"),
        # words that are nearly right
        (field(type="texxt"), f"{AT_FIELD}.type", "did you mean 'text'?"),
        (thing(lable="x"), "objects.A__c", "did you mean 'label'?"),
        (field(type="date", zzz=1), AT_FIELD, "write one of: help, label, required, type"),
        # shapes
        (field(length=3), AT_FIELD, "the type is missing"),
        (field(type="text"), f"{AT_FIELD}.length", "missing"),
        (field(type="text", length="9"), f"{AT_FIELD}.length", "integer"),
        (field(type="text", length=256), f"{AT_FIELD}.length", "255"),
        (field(type="picklist", values=[True]), f"{AT_FIELD}.values[0]", "write it in quotes"),
        (field(type="picklist", values=[]), f"{AT_FIELD}.values", "at least 1"),
        (thing(fields=[]), "objects.A__c.fields", "a mapping"),
        (thing(fields={"B__c": 3}), AT_FIELD, "a mapping"),
        ([], "", "a mapping with the keys"),
        # names
        (thing(fields={"B": {"type": "date"}}), "objects.A__c.fields.B", "and then __c"),
        (thing(fields={"B__x__c": {"type": "date"}}), "objects.A__c.fields.B__x__c", "single underscores"),
        (thing(fields={'B" TEXT); DROP TABLE x --__c': {"type": "date"}}), "objects.A__c.fields.", "letters, digits"),
        (thing(fields={"b__c": {"type": "date"}, "B__C": {"type": "date"}}), "objects.A__c.fields", "another case"),
        ({"objects": {"Acount": {}}}, "objects.Acount", "there is no standard object"),
        ({"objects": {"account": {}}}, "objects", "another case"),
        ({"objects": {"9__c": {"label": "x"}}}, "objects.9__c", "a custom object's name"),
        ({"objects": {"A__c": {}}}, "objects.A__c", "needs a label"),
        (account(label="x"), "objects.Account.label", "a standard one brings its own"),
        (account(fields={"Name": {"type": "date"}}), "objects.Account.fields.Name", "and then __c"),
        # fields
        (field(type="text", length=3, default="long"), AT_FIELD, "does not fit"),
        (field(type="text", length=3, case_sensitive=True), AT_FIELD, "add unique"),
        (field(type="number", precision=3, scale=4), AT_FIELD, "raise precision"),
        (field(type="number", precision=3, scale=1, default=100), f"{AT_FIELD}.default", "does not fit"),
        (field(type="int", precision=2, default=100), f"{AT_FIELD}.default", "does not fit"),
        (field(type="checkbox", required=True), AT_FIELD, "leave required out"),
        (field(type="picklist", values=["a", "A"]), f"{AT_FIELD}.values", "stands here twice"),
        (field(**PICK, default="z"), f"{AT_FIELD}.default", "not one of the values"),
        (field(**PICK, labels={"z": "Z"}), f"{AT_FIELD}.labels", "not one of the values"),
        (field(type="multipicklist", values=["a;b"]), f"{AT_FIELD}.values", "semicolon"),
        (field(type="autonumber", format="A-{YYYY}"), f"{AT_FIELD}.format", "INV-{0000}"),
        (field(type="autonumber", format="A-"), f"{AT_FIELD}.format", "INV-{0000}"),
        (thing(name={"type": "autonumber", "format": "{0}{0}"}), "objects.A__c.name.format", "INV-{0000}"),
        # ways between objects
        (field(type="lookup", to="Nothing"), f"{AT_FIELD}.to", "no such object"),
        (field(type="lookup", to="Account", children="a b"), f"{AT_FIELD}.children", "letters, digits"),
        (field(type="lookup", to="Account", required=True, on_delete="clear"), f"{AT_FIELD}.on_delete", "restrict"),
        (field(type="master_detail", to="A__c"), "objects.A__c.fields", "cannot be its own master"),
        (account(fields={"B__c": {"type": "master_detail", "to": "Contact"}}), "objects.Account.fields.B__c", "lookup"),
        (
            thing(fields={"B__c": {"type": "lookup", "to": "Account"}, "C__c": {"type": "lookup", "to": "Account"}}),
            "objects.A__c.fields.C__c", "write another name as children",
        ),
        (
            thing(fields={f"M{n}__c": {"type": "master_detail", "to": "Account", "children": f"M{n}"} for n in "123"}),
            "objects.A__c.fields", "two masters at most",
        ),
        # rules, record types, profiles, users
        (account(validation_rules=[{"name": "x", "when": "a", "message": "m", "field": "No"}]),
         "objects.Account.validation_rules[0].field", "no such field"),
        (account(validation_rules=[{"name": "x", "when": "a", "message": "m"}] * 2),
         "objects.Account.validation_rules", "used twice"),
        (account(duplicate_rules=[{"name": "x", "match": ["name"]}]),
         "objects.Account.duplicate_rules[0].match[0]", "no such field"),
        (account(record_types=[{"developer_name": "a b", "label": "x"}]),
         "objects.Account.record_types[0].developer_name", "letters, digits"),
        (account(record_types=[{"developer_name": "a", "label": "x", "picklists": {"Name": ["x"]}}]),
         "objects.Account.record_types[0].picklists.Name", "only picklist fields"),
        (account(record_types=[{"developer_name": "a", "label": "x", "picklists": {"Rating": ["Tepid"]}}]),
         "objects.Account.record_types[0].picklists.Rating", "'Tepid'"),
        (account(record_types=[{"developer_name": n, "label": "x", "default": True} for n in "ab"]),
         "objects.Account.record_types", "one record type at most"),
        ({"profiles": {"P": {"objects": {"Nope": {}}}}}, "profiles.P.objects.Nope", "no such object"),
        ({"profiles": {"P": {"objects": {"Account": {"fields": {"Nope": "read"}}}}}},
         "profiles.P.objects.Account.fields.Nope", "no such field"),
        ({"profiles": {"P": {"objects": {"Account": {"fields": {"Name": "none"}}}}}},
         "profiles.P.objects.Account.fields.Name", "lets no profile be kept"),
        ({"profiles": {"P": {"objects": {"Account": {"fields": {"Id": "none"}}}}}},
         "profiles.P.objects.Account.fields.Id", "lets no profile be kept"),
        ({"users": [{"username": "ann", "last_name": "x", "profile": "Standard User"}]}, "users[0].username", "email"),
        ({"users": [{"username": "a@b.c", "last_name": "x", "profile": "Nobody"}]}, "users[0].profile", "'Nobody'"),
        ({"users": [{"username": "a@b.c", "last_name": "x", "profile": "Standard User"}] * 2}, "users", "username"),
    ],
)  # fmt: skip
def test_is_refused_with_its_place_and_what_to_do(declaration, place, said):
    found = problems(declaration)
    assert any(problem.startswith(place) and said in problem for problem in found), found


def test_all_that_is_wrong_is_told_at_once():
    found = problems(thing(fields={"B": {"type": "date"}, "C__c": {"type": "lookup", "to": "Nope"}}, name=None))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("objects: [", "this is not YAML"),
        ("objects: {}\nobjects: {}\n", "stands here twice"),
        ("objects: {A__c: {label: A, label: B}}", "stands here twice"),
        ("- a\n- b\n", "a mapping with the keys"),
        ("objects: !!python/object/apply:os.system ['true']", "this is not YAML"),
        ("? [a]\n: b\n", "this is not YAML"),
        ("a: &x [*x]\n", "is no key here"),
    ],
)
def test_a_file_that_is_no_declaration_is_refused_by_its_name(tmp_path, text, said):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(SchemaError, match=r"mine\.yaml") as caught:
        load_schema(path)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path):
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere.yaml", "bytes.yaml"):
        with pytest.raises(SchemaError, match="give the path of a YAML file"):
            load_schema(tmp_path / name)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["text", "lookup", "Account"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "label", "fields", "A__c", "B__c", "to", "values", "name"]), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["objects", "profiles", "users"]), anything))
def test_anything_at_all_is_a_schema_or_a_schema_error(declaration):
    with suppress(SchemaError):
        assert load_schema(declaration)["Account"].prefix == "001"
