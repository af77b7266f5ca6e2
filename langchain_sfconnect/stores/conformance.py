"""The token store contract as tests. A store that passes them is safe to use; write your own and subclass this.

    class TestMyStore(TokenStoreConformance):
        pytestmark = pytest.mark.anyio

        @pytest.fixture
        async def store(self):
            yield MyStore(...)

Needs no plugin beyond one that runs async tests, and imports nothing of pytest itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from langchain_sfconnect.errors import VersionConflict
from langchain_sfconnect.stores.base import AccountRecord, AuditEntry, AuthorizationRecord, TokenStore, WriteRecord

NOW = datetime(2026, 5, 17, 12, 30, 15, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def account(identifier: str = "rep-42", **changes: Any) -> AccountRecord:
    """A new account's record."""
    record = AccountRecord("salesforce", identifier, f"id-of-{identifier}", "PENDING_AUTH", NOW, NOW)
    return replace(record, **changes)


def whole_account(identifier: str = "rep-42") -> AccountRecord:
    """A record with every field set."""
    return account(
        identifier,
        status="ACTIVE",
        status_reason="fine",
        environment="sandbox",
        login_url="https://test.salesforce.com",
        org_id="00D000000000001AAA",
        org_name="Acme “Süd”",
        user_id="005000000000001AAA",
        username="ada@acme.example",
        instance_url="https://acme.my.salesforce.com",
        scopes=("api", "refresh_token"),
        token_expires_at=NOW + MINUTE,
        refresh_started_at=NOW,
        refreshed_at=NOW - MINUTE,
        due_at=NOW,
        rotates=True,
        sealed=b"\x00\xff sealed",
    )


def entry(number: int = 1) -> AuditEntry:
    """Something that happened to the account."""
    return AuditEntry(
        "salesforce", "rep-42", "id-of-rep-42", NOW, f"event {number}", "PENDING_AUTH", "ACTIVE", "why it did"
    )


def sealed_with(key: bytes) -> bytes:
    """Bytes that say they were sealed with a key, by its eight byte id."""
    return b"sfc2" + key * 8 + b"and the rest"


def authorization(id: str = "request-1", **changes: Any) -> AuthorizationRecord:
    """A new authorization request."""
    record = AuthorizationRecord(
        id,
        "salesforce",
        "rep-42",
        "https://login.salesforce.com",
        f"hash-of-{id}",
        NOW,
        NOW + MINUTE,
        sealed=b"\x00 sealed",
    )
    return replace(record, **changes)


def write(key: str = "key-1", **changes: Any) -> WriteRecord:
    """A write that is about to be sent."""
    return replace(WriteRecord("salesforce", key, "rep-42", "first", NOW, sealed=b"\x00 request"), **changes)


class TokenStoreConformance:
    """Give it a `store` fixture: a new, empty store for each test."""

    async def test_an_account_comes_back_with_every_field_as_it_was_put(self, store: TokenStore) -> None:
        written = await store.put(whole_account(), expected_version=0)
        assert written == replace(whole_account(), version=1)
        found = await store.get("salesforce", "rep-42")
        for field in fields(AccountRecord):
            assert getattr(found, field.name) == getattr(written, field.name), field.name

    async def test_an_unknown_account_is_none(self, store: TokenStore) -> None:
        assert await store.get("salesforce", "nobody") is None

    async def test_connections_do_not_see_each_other(self, store: TokenStore) -> None:
        await store.put(account(), expected_version=0)
        assert await store.get("other", "rep-42") is None
        assert await store.list_accounts("other") == []

    async def test_a_put_raises_the_version_and_needs_the_one_before(self, store: TokenStore) -> None:
        first = await store.put(account(), expected_version=0)
        second = await store.put(replace(first, status="ACTIVE"), expected_version=1)
        assert (first.version, second.version) == (1, 2)
        await _conflicts(store, replace(first, status="REVOKED"), expected_version=1)
        assert await store.get("salesforce", "rep-42") == second

    async def test_a_put_of_a_new_account_needs_that_there_is_none(self, store: TokenStore) -> None:
        await store.put(account(), expected_version=0)
        await _conflicts(store, account(status="ACTIVE"), expected_version=0)

    async def test_a_put_of_a_deleted_account_conflicts(self, store: TokenStore) -> None:
        written = await store.put(account(), expected_version=0)
        await store.delete("salesforce", "rep-42")
        await _conflicts(store, written, expected_version=1)

    async def test_of_many_writers_of_one_version_one_wins(self, store: TokenStore) -> None:
        written = await store.put(account(), expected_version=0)

        async def write(number: int) -> bool:
            try:
                await store.put(replace(written, status_reason=str(number)), expected_version=1)
            except VersionConflict:
                return False
            return True

        assert sum(await asyncio.gather(*(write(n) for n in range(16)))) == 1

    async def test_a_deleted_account_is_gone_with_its_authorizations(self, store: TokenStore) -> None:
        await store.put(account(), expected_version=0)
        await store.add_authorization(authorization())
        assert await store.delete("salesforce", "rep-42") is True
        assert await store.get("salesforce", "rep-42") is None
        assert await store.find_authorization("salesforce", id="request-1") is None
        assert await store.delete("salesforce", "rep-42") is False

    async def test_accounts_are_listed_by_identifier_in_pages_and_by_status(self, store: TokenStore) -> None:
        for number in (3, 1, 2, 4):
            status = "ACTIVE" if number % 2 else "REVOKED"
            await store.put(account(f"rep-{number}", status=status), expected_version=0)
        assert [r.identifier for r in await store.list_accounts("salesforce", limit=3)] == ["rep-1", "rep-2", "rep-3"]
        assert [r.identifier for r in await store.list_accounts("salesforce", after="rep-3")] == ["rep-4"]
        assert [r.identifier for r in await store.list_accounts("salesforce", status="ACTIVE")] == ["rep-1", "rep-3"]

    async def test_an_entry_is_written_with_the_record_or_not_at_all(self, store: TokenStore) -> None:
        written = await store.put(account(), expected_version=0, entry=entry(1))
        try:
            await store.put(replace(written, status="REVOKED"), expected_version=7, entry=entry(2))
        except VersionConflict:
            pass
        else:
            raise AssertionError("the store accepted a write of a version that was not the stored one")
        await store.put(written, expected_version=1, entry=entry(3))
        assert [found.event for found in await store.list_audit("salesforce", "rep-42")] == ["event 1", "event 3"]

    async def test_the_audit_trail_is_read_in_order_and_in_pages_and_outlives_the_account(
        self, store: TokenStore
    ) -> None:
        await store.put(account(), expected_version=0, entry=entry(1))
        assert await store.delete("salesforce", "rep-42", entry=entry(2))
        await store.delete("salesforce", "rep-42", entry=entry(3))  # there was nothing left to delete
        first, second = await store.list_audit("salesforce", "rep-42")
        assert [replace(first, seq=0), replace(second, seq=0)] == [entry(1), entry(2)]
        assert first.seq < second.seq
        assert await store.list_audit("salesforce", "rep-42", after=first.seq) == [second]
        assert await store.list_audit("salesforce", "rep-42", limit=1) == [first]
        assert await store.list_audit("salesforce", "rep-43") == await store.list_audit("other", "rep-42") == []

    async def test_due_accounts_are_listed_by_the_longest_due(self, store: TokenStore) -> None:
        for minutes in (3, 1, 2):
            await store.put(account(f"rep-{minutes}", due_at=NOW - minutes * MINUTE), expected_version=0)
        await store.put(account("rep-now", due_at=NOW), expected_version=0)
        await store.put(account("rep-later", due_at=NOW + timedelta(microseconds=1)), expected_version=0)
        await store.put(account("rep-never"), expected_version=0)
        due = await store.list_due("salesforce", now=NOW)
        assert [record.identifier for record in due] == ["rep-3", "rep-2", "rep-1", "rep-now"]
        assert await store.list_due("salesforce", now=NOW, limit=1) == due[:1]
        assert await store.list_due("salesforce", now=NOW, after=due[1]) == due[2:]
        assert await store.list_due("other", now=NOW) == []

    async def test_accounts_sealed_with_another_key_are_listed(self, store: TokenStore) -> None:
        sealed = {"older": sealed_with(b"a"), "old": sealed_with(b"c"), "new": sealed_with(b"b"), "none": None}
        for identifier, blob in sealed.items():
            await store.put(account(identifier, sealed=blob), expected_version=0)
        found = await store.list_sealed_otherwise("salesforce", key_id=(b"b" * 8).hex())
        assert [record.identifier for record in found] == ["old", "older"]
        assert await store.list_sealed_otherwise("salesforce", key_id=(b"b" * 8).hex(), after="old") == found[1:]
        assert await store.list_sealed_otherwise("salesforce", key_id=(b"b" * 8).hex(), limit=1) == found[:1]
        await store.put(replace(found[0], sealed=sealed_with(b"b")), expected_version=1)
        assert await store.list_sealed_otherwise("salesforce", key_id=(b"b" * 8).hex()) == found[1:]
        assert await store.list_sealed_otherwise("other", key_id="") == []

    async def test_a_touch_notes_the_use_and_leaves_the_version(self, store: TokenStore) -> None:
        written = await store.put(account(), expected_version=0)
        await store.touch("salesforce", "rep-42", last_used_at=NOW + MINUTE)
        assert await store.get("salesforce", "rep-42") == replace(written, last_used_at=NOW + MINUTE)

    async def test_a_touch_of_an_unknown_account_does_nothing(self, store: TokenStore) -> None:
        await store.touch("salesforce", "nobody", last_used_at=NOW)
        assert await store.get("salesforce", "nobody") is None

    async def test_a_lease_has_one_holder(self, store: TokenStore) -> None:
        leases = await asyncio.gather(*(store.acquire_lease("x", owner=str(n), ttl=MINUTE) for n in range(16)))
        assert sum(lease is not None for lease in leases) == 1

    async def test_a_released_lease_is_free_and_the_next_fence_is_higher(self, store: TokenStore) -> None:
        first = await store.acquire_lease("x", owner="a", ttl=MINUTE)
        assert first is not None
        await store.release_lease(first)
        second = await store.acquire_lease("x", owner="b", ttl=MINUTE)
        assert second is not None
        assert second.fence > first.fence

    async def test_an_expired_lease_is_taken_over_and_its_old_holder_cannot_release_it(self, store: TokenStore) -> None:
        late = await store.acquire_lease("x", owner="a", ttl=timedelta(0))
        taken = await store.acquire_lease("x", owner="b", ttl=MINUTE)
        assert late is not None
        assert taken is not None
        assert taken.fence > late.fence
        await store.release_lease(late)
        assert await store.acquire_lease("x", owner="c", ttl=MINUTE) is None

    async def test_leases_of_different_names_are_independent(self, store: TokenStore) -> None:
        assert await store.acquire_lease("x", owner="a", ttl=MINUTE) is not None
        assert await store.acquire_lease("y", owner="a", ttl=MINUTE) is not None

    async def test_an_authorization_is_found_by_state_or_id_as_it_was_added(self, store: TokenStore) -> None:
        assert await store.add_authorization(authorization()) == authorization()
        assert await store.find_authorization("salesforce", state_hash="hash-of-request-1") == authorization()
        assert await store.find_authorization("salesforce", id="request-1") == authorization()
        assert await store.find_authorization("salesforce", id="request-2") is None
        assert await store.find_authorization("other", id="request-1") is None

    async def test_the_standing_authorization_of_an_account_and_login_host_stays(self, store: TokenStore) -> None:
        await store.add_authorization(authorization("request-1"))
        assert (await store.add_authorization(authorization("request-2"))).id == "request-1"
        other_host = authorization("request-3", login_url="https://test.salesforce.com")
        assert (await store.add_authorization(other_host)).id == "request-3"

    async def test_of_many_who_add_an_authorization_all_get_the_same(self, store: TokenStore) -> None:
        added = await asyncio.gather(*(store.add_authorization(authorization(f"request-{n}")) for n in range(16)))
        assert len({record.id for record in added}) == 1

    async def test_an_expired_authorization_is_replaced(self, store: TokenStore) -> None:
        await store.add_authorization(authorization("request-1"))
        later = authorization("request-2", created_at=NOW + MINUTE, expires_at=NOW + 2 * MINUTE)
        assert (await store.add_authorization(later)).id == "request-2"
        assert await store.find_authorization("salesforce", id="request-1") is None

    async def test_an_answered_authorization_is_kept_and_replaced_by_a_new_one(self, store: TokenStore) -> None:
        await store.add_authorization(authorization())
        taken = await store.take_authorization("salesforce", "request-1")
        assert taken is not None
        answered = replace(taken, answered=True, sealed=b"\x01 answer")
        await store.put_authorization(answered)
        assert await store.find_authorization("salesforce", id="request-1") == answered
        assert (await store.add_authorization(authorization("request-2"))).id == "request-2"

    async def test_an_authorization_is_taken_once(self, store: TokenStore) -> None:
        await store.add_authorization(authorization())
        taken = await asyncio.gather(*(store.take_authorization("salesforce", "request-1") for _ in range(16)))
        assert [record for record in taken if record is not None] == [authorization()]

    async def test_authorizations_are_listed_by_id_in_pages(self, store: TokenStore) -> None:
        for number in (2, 1, 3):
            await store.add_authorization(authorization(f"request-{number}", identifier=f"rep-{number}"))
        assert [r.id for r in await store.list_authorizations("salesforce", limit=2)] == ["request-1", "request-2"]
        assert [r.id for r in await store.list_authorizations("salesforce", after="request-2")] == ["request-3"]
        assert await store.list_authorizations("other") == []

    async def test_an_authorization_is_resealed_only_as_it_was_read(self, store: TokenStore) -> None:
        await store.add_authorization(authorization())
        resealed = authorization(sealed=b"\x01 sealed anew")
        assert not await store.reseal_authorization(resealed, expected=b"something else")
        assert await store.reseal_authorization(resealed, expected=authorization().sealed)
        assert await store.find_authorization("salesforce", id="request-1") == resealed
        await store.take_authorization("salesforce", "request-1")
        assert not await store.reseal_authorization(resealed, expected=resealed.sealed)

    async def test_a_write_comes_back_as_it_was_begun(self, store: TokenStore) -> None:
        assert await store.begin_write(write()) == write()
        assert await store.find_write("salesforce", "key-1") == write()
        assert await store.find_write("salesforce", "key-2") is None
        assert await store.find_write("other", "key-1") is None

    async def test_of_many_who_begin_a_write_one_owns_it(self, store: TokenStore) -> None:
        begun = await asyncio.gather(*(store.begin_write(write(owner=f"owner-{n}")) for n in range(16)))
        assert len({record.owner for record in begun}) == 1

    async def test_a_write_is_replaced_by_whoever_knows_its_owner_until_it_is_done(self, store: TokenStore) -> None:
        await store.begin_write(write())
        assert not await store.put_write(write(owner="second"), expected_owner="nobody")
        assert await store.put_write(write(owner="second", started_at=NOW + MINUTE), expected_owner="first")
        done = write(owner="second", done=True, sealed=b"\x01 answer")
        assert not await store.put_write(done, expected_owner="first")
        assert await store.put_write(done, expected_owner="second")
        assert await store.find_write("salesforce", "key-1") == done
        assert not await store.put_write(write(owner="third"), expected_owner="second")
        assert await store.begin_write(write(owner="fourth")) == done

    async def test_a_write_is_taken_over_once(self, store: TokenStore) -> None:
        await store.begin_write(write())
        takers = [write(owner=f"owner-{n}") for n in range(16)]
        taken = await asyncio.gather(*(store.put_write(taker, expected_owner="first") for taker in takers))
        assert taken.count(True) == 1

    async def test_a_write_is_forgotten_by_its_owner_unless_it_is_done(self, store: TokenStore) -> None:
        await store.begin_write(write())
        assert not await store.drop_write(write(owner="nobody"))
        assert await store.drop_write(write())
        assert await store.find_write("salesforce", "key-1") is None
        await store.begin_write(write())
        await store.put_write(write(done=True), expected_owner="first")
        assert not await store.drop_write(write())

    async def test_writes_are_listed_by_key_of_one_account_or_all_since_a_time(self, store: TokenStore) -> None:
        await store.begin_write(write("key-2"))
        await store.begin_write(write("key-1", started_at=NOW + MINUTE))
        await store.begin_write(write("key-3", identifier="rep-2"))
        assert [w.key for w in await store.list_writes("salesforce")] == ["key-1", "key-2", "key-3"]
        assert [w.key for w in await store.list_writes("salesforce", limit=2)] == ["key-1", "key-2"]
        assert [w.key for w in await store.list_writes("salesforce", after="key-1")] == ["key-2", "key-3"]
        recent = await store.list_writes("salesforce", identifier="rep-42", since=NOW + MINUTE)
        assert [w.key for w in recent] == ["key-1"]
        assert await store.list_writes("other") == []

    async def test_a_write_is_resealed_only_as_it_was_read(self, store: TokenStore) -> None:
        await store.begin_write(write())
        assert not await store.reseal_write(write(sealed=b"\x01 anew"), expected=b"something else")
        assert await store.reseal_write(write(sealed=b"\x01 anew"), expected=write().sealed)
        assert await store.find_write("salesforce", "key-1") == write(sealed=b"\x01 anew")

    async def test_old_writes_are_forgotten_and_so_are_those_of_a_deleted_account(self, store: TokenStore) -> None:
        await store.begin_write(write("key-1"))
        await store.begin_write(write("key-2", started_at=NOW + MINUTE))
        assert await store.prune_writes("other", before=NOW + MINUTE) == 0
        assert await store.prune_writes("salesforce", before=NOW + MINUTE) == 1
        assert [w.key for w in await store.list_writes("salesforce")] == ["key-2"]
        await store.put(account(), expected_version=0)
        await store.delete("salesforce", "rep-42")
        assert await store.list_writes("salesforce") == []


async def _conflicts(store: TokenStore, record: AccountRecord, *, expected_version: int) -> None:
    try:
        await store.put(record, expected_version=expected_version)
    except VersionConflict:
        return
    raise AssertionError("the store accepted a write of a version that was not the stored one")
