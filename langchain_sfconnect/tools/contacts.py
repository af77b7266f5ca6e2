"""The tools for contacts: the people at the companies."""

from langchain_sfconnect.tools import records
from langchain_sfconnect.tools.arguments import FieldList, OptionalText, Text, ToolArgs
from langchain_sfconnect.tools.ids import ContactId, OptionalAccountId, OptionalRecordId
from langchain_sfconnect.tools.spec import ToolSpec

CONTACT = "Contact"


class ContactCreateArgs(records.FlatFields):
    """A new contact."""

    LastName: Text
    FirstName: OptionalText = None
    AccountId: OptionalAccountId = None
    Email: OptionalText = None
    Phone: OptionalText = None
    MobilePhone: OptionalText = None
    Title: OptionalText = None
    Department: OptionalText = None
    MailingCity: OptionalText = None
    MailingCountry: OptionalText = None
    Description: OptionalText = None
    OwnerId: OptionalRecordId = None


class ContactGetArgs(ToolArgs):
    """One contact, whole or some fields of it."""

    contact_id: ContactId
    fields: FieldList = None


CREATE = ToolSpec(
    name="salesforce_contact_create",
    description=(
        "Create a contact (a person, usually of an account). Any other Contact field, custom ones (…__c) too, may be "
        "given by its API name. Returns the new id."
    ),
    action="create",
    sobject=CONTACT,
    args=ContactCreateArgs,
    build=lambda args, _: records.create(CONTACT, args.given()),
    shape=lambda result, *_: records.created(result),
)

GET = ToolSpec(
    name="salesforce_contact_get",
    description="Read one contact by id: all its fields, or only those named in fields.",
    sobject=CONTACT,
    args=ContactGetArgs,
    build=lambda args, _: records.get(CONTACT, args.contact_id, args.fields),
    shape=lambda result, args, _: records.found(result, args.fields),
)

SPECS = (CREATE, GET)
