"""One org for other people's clients, over https with its own certificate authority and one custom field."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from langchain_sfconnect.localorg import LocalOrg

KEY = {"type": "text", "length": 40, "external_id": True, "unique": True, "label": "Key"}


@pytest.fixture(scope="package")
def org() -> Iterator[LocalOrg]:
    with LocalOrg(tls=True, schema={"objects": {"Account": {"fields": {"Key__c": KEY}}}}) as org:
        yield org
