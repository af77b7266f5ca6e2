"""Products, price books, their entries and the line items of opportunities, as declared data."""

from __future__ import annotations

from langchain_sfconnect.localorg.schema.build import field, lookup, master, mirror, picklist
from langchain_sfconnect.localorg.schema.model import SObject
from langchain_sfconnect.localorg.schema.standard.common import AUDIT, IS_DELETED, RECORD_ID, VIEWED

PRODUCT = SObject(
    "Product2", "Product", "Products", "01t",
    (
        RECORD_ID,
        field("Name", "string(255)", "-CU-FGS", "Product Name", "name", "indexed"),
        field("ProductCode", "string(255)", "NCU-FGS", "Product Code", "indexed"),
        field("Description", "textarea(4000)", "NCU-F-S", "Product Description"),
        field("IsActive", "boolean", "-CUDFGS", "Active"),
        *AUDIT,
        picklist("Family", "picklist(255)", "NCU-FGS", "Product Family",
                 ("None", "Subscription", "Hardware", "Services")),
        field("ExternalId", "string(255)", "NCU-FGS", "External ID"),
        field("DisplayUrl", "url(1000)", "NCU-F-S", "Display URL"),
        picklist("QuantityUnitOfMeasure", "picklist(255)", "NCU-FGS", "Quantity Unit Of Measure", ("Each",)),
        IS_DELETED,
        field("IsArchived", "boolean", "---DFGS", "Archived"),
        *VIEWED,
        field("StockKeepingUnit", "string(180)", "NCU-FGS", "Product SKU"),
    ),
    search_names=("ProductCode",),
)  # fmt: skip

PRICEBOOK = SObject(
    "Pricebook2", "Price Book", "Price Books", "01s",
    (
        RECORD_ID,
        IS_DELETED,
        field("Name", "string(255)", "-CU-FGS", "Price Book Name", "name"),
        *AUDIT,
        *VIEWED,
        field("IsActive", "boolean", "-CUDFGS", "Active"),
        field("IsArchived", "boolean", "---DFGS", "Archived"),
        field("Description", "string(255)", "NCU-FGS", "Description"),
        field("IsStandard", "boolean", "---DFGS", "Is Standard Price Book"),
    ),
)  # fmt: skip

PRICEBOOK_ENTRY = SObject(
    "PricebookEntry", "Price Book Entry", "Price Book Entries", "01u",
    (
        RECORD_ID,
        mirror("Name", "string(255)", "N---FGS", "Product Name", ("Product2", "Name")),
        lookup("Pricebook2Id", "-C--FGS", "Price Book ID", "Pricebook2", up="Pricebook2", down="PricebookEntries",
               on_delete="cascade"),
        lookup("Product2Id", "-C--FGS", "Product ID", "Product2", up="Product2", down="PricebookEntries",
               on_delete="cascade"),
        field("UnitPrice", "currency(18,2)", "-CU-F-S", "List Price"),
        field("IsActive", "boolean", "-CUDFGS", "Active"),
        field("UseStandardPrice", "boolean", "-CUDFGS", "Use Standard Price"),
        *AUDIT,
        mirror("ProductCode", "string(255)", "N---FGS", "Product Code", ("Product2", "ProductCode")),
        IS_DELETED,
        field("IsArchived", "boolean", "---DFGS", "Archived"),
    ),
    searchable=False,
)  # fmt: skip

OPPORTUNITY_LINE_ITEM = SObject(
    "OpportunityLineItem", "Opportunity Product", "Opportunity Product", "00k",
    (
        RECORD_ID,
        master("OpportunityId", "Opportunity ID", "Opportunity", up="Opportunity", down="OpportunityLineItems"),
        field("SortOrder", "int(9)", "N---FGS", "Sort Order"),
        lookup("PricebookEntryId", "NC--FGS", "Price Book Entry ID", "PricebookEntry", up="PricebookEntry",
               down="OpportunityLineItems", on_delete="restrict"),
        lookup("Product2Id", "NC--FGS", "Product ID", "Product2", up="Product2", down="OpportunityLineItems",
               on_delete="restrict"),
        mirror("ProductCode", "string(255)", "N---FGS", "Product Code", ("Product2", "ProductCode")),
        field("Name", "string(376)", "N---FGS", "Opportunity Product Name", "name"),
        field("Quantity", "double(12,2)", "-CU-F-S", "Quantity"),
        field("TotalPrice", "currency(18,2)", "NCU-F-S", "Total Price"),
        field("UnitPrice", "currency(18,2)", "NCU-F-S", "Sales Price"),
        field("ListPrice", "currency(18,2)", "N---F-S", "List Price"),
        field("Subtotal", "currency(18,2)", "N---F-S", "Subtotal"),
        field("Discount", "percent(5,2)", "NCU-F-S", "Discount"),
        field("ServiceDate", "date", "NCU-FGS", "Date"),
        field("Description", "string(255)", "NCU-FGS", "Line Description"),
        *AUDIT,
        IS_DELETED,
        *VIEWED,
    ),
    searchable=False,
)  # fmt: skip
