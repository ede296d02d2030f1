import contextlib
import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from edge_daemon.records import (
    GENESIS_HASH,
    EntryTooLargeError,
    JournalEntry,
    Position,
    RecordError,
    decode_entry,
    encode_entry,
    entry_hash,
    new_ulid,
    request_hash,
)
from edge_daemon.records.payloads import DrawerEvent, Intent, SystemEvent, UnknownPayload

# Three entries of the record set's description, with the hashes that it states (568, 811, 676
# bytes): a second witness for field order, spelling and hashing.
LINES = [
    b'{"schema_version":1,"entry_type":"SystemEvent","entry_id":"01M7YHX30028T5CY4GNF6YY4HM","edge_id":"edge-0041","epoch":"01M7YHX2VZ5DZ1A5H8NV9ADAZQ","seq":1,"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","organization_id":"org-1","retail_store_id":"8712345678906","workstation_id":"till-1","business_day_date":"2026-11-21","till_session_id":null,"operator_id":null,"occurred_at":1795248000123456,"utc_offset_min":60,"clock_state":"synced","training":false,"api_idempotency_key":null,"payload":{"event":"EpochStart","reason":"new_journal"}}',
    b'{"schema_version":1,"entry_type":"Intent","entry_id":"01M7YHZT877H7WY2C82QVTQ9PJ","edge_id":"edge-0041","epoch":"01M7YHX2VZ5DZ1A5H8NV9ADAZQ","seq":2,"prev_hash":"674aaadc4ede997f23b561db925393cfc79a6dfeb2d9220029261053e157538c","organization_id":"org-1","retail_store_id":"8712345678906","workstation_id":"till-1","business_day_date":"2026-11-21","till_session_id":null,"operator_id":"op-17","occurred_at":1795248089351482,"utc_offset_min":60,"clock_state":"synced","training":false,"api_idempotency_key":"01M7YHZT83Q6W5N4C2R1B0A9ZX","payload":{"verb":"open_drawer","resource_kind":"drawer_openings","resource_id":"01M7YHZT83Q6W5N4C2R1B0A9ZX","workstation":"till-1","request":{"workstation":"till-1","reason_code":"wisselgeld"},"request_hash":"a93d5ac9aa9c0963fc7adad502128bf713dd62439aafc232412c0a65b1dd5618"}}',
    b'{"schema_version":1,"entry_type":"DrawerEvent","entry_id":"01M7YHZTWGZVEBM2C7CN1J3AYD","edge_id":"edge-0041","epoch":"01M7YHX2VZ5DZ1A5H8NV9ADAZQ","seq":3,"prev_hash":"376e031b5be4e7d5be45f4dbf53d9405c3c50468021533556dc4e5ea54ca938c","organization_id":"org-1","retail_store_id":"8712345678906","workstation_id":"till-1","business_day_date":"2026-11-21","till_session_id":null,"operator_id":"op-17","occurred_at":1795248090000007,"utc_offset_min":60,"clock_state":"synced","training":false,"api_idempotency_key":"01M7YHZT83Q6W5N4C2R1B0A9ZX","payload":{"event":"Opened","intent_id":"01M7YHZT877H7WY2C82QVTQ9PJ","cause":"NoSale","drawer_id":"drawer-1","reason_code":"wisselgeld"}}',
]
HASHES = [
    "674aaadc4ede997f23b561db925393cfc79a6dfeb2d9220029261053e157538c",
    "376e031b5be4e7d5be45f4dbf53d9405c3c50468021533556dc4e5ea54ca938c",
    "30a7a80ea23a082e0374cf577fdc3b938095afef2647909e4325e04a16193946",
]


@pytest.mark.parametrize(("line", "expected"), list(zip(LINES, HASHES, strict=True)))
def test_entries_of_the_description_hash_as_it_states(line: bytes, expected: str) -> None:
    assert entry_hash(line) == expected


@pytest.mark.parametrize("line", LINES)
def test_decoding_and_encoding_gives_the_same_bytes(line: bytes) -> None:
    assert encode_entry(decode_entry(line)) == line


def test_payloads_come_back_as_their_types() -> None:
    kinds = [type(decode_entry(line).payload) for line in LINES]
    assert kinds == [SystemEvent, Intent, DrawerEvent]


def test_each_entry_names_the_hash_of_the_one_before() -> None:
    entries = [decode_entry(line) for line in LINES]
    assert [entry.prev_hash for entry in entries] == [GENESIS_HASH, *HASHES[:2]]


def test_request_hash_is_over_sorted_compact_json() -> None:
    body = {"workstation": "till-1", "reason_code": "wisselgeld"}
    witness = hashlib.sha256(b'{"reason_code":"wisselgeld","workstation":"till-1"}').hexdigest()
    assert request_hash(body) == witness
    payload = decode_entry(LINES[1]).payload
    assert isinstance(payload, Intent)
    assert payload.request_hash == witness


def test_fields_of_a_later_version_are_ignored() -> None:
    later = json.loads(LINES[2])
    later["moon_phase"] = "full"
    later["payload"]["colour"] = "blue"
    assert decode_entry(json.dumps(later).encode()) == decode_entry(LINES[2])


def test_an_entry_of_a_later_type_is_kept() -> None:
    later = json.loads(LINES[2]) | {"entry_type": "MoonEvent"}
    payload = decode_entry(json.dumps(later).encode()).payload
    assert isinstance(payload, UnknownPayload)
    assert payload.fields["cause"] == "NoSale"


def test_an_entry_over_the_limit_is_refused() -> None:
    entry = decode_entry(LINES[0])
    huge = msgspec.structs.replace(entry, payload=SystemEvent(event="Start", note="x" * 262_144))
    with pytest.raises(EntryTooLargeError, match="262144"):
        encode_entry(huge)


def test_no_byte_of_an_entry_is_a_line_feed() -> None:
    entry = decode_entry(LINES[0])
    noted = msgspec.structs.replace(entry, payload=SystemEvent(event="Start", note="a\nb\u2028c"))
    assert b"\n" not in encode_entry(noted)


@given(st.binary(max_size=200))
def test_any_other_bytes_are_refused_as_a_record_error(data: bytes) -> None:
    with pytest.raises(RecordError):
        decode_entry(data)


@given(st.integers(0, len(LINES[1]) - 1), st.binary(max_size=3))
def test_damaged_bytes_give_an_entry_or_a_record_error(at: int, damage: bytes) -> None:
    data = LINES[1][:at] + damage + LINES[1][at + 1 :]
    with contextlib.suppress(RecordError):
        assert isinstance(decode_entry(data), JournalEntry)


def test_a_position_reads_as_it_is_written() -> None:
    position = Position.parse("01M7YHX2VZ5DZ1A5H8NV9ADAZQ.17")
    assert (position.seq, str(position)) == (17, "01M7YHX2VZ5DZ1A5H8NV9ADAZQ.17")


@pytest.mark.parametrize(
    "text", ["", "17", "01M7YHX2VZ5DZ1A5H8NV9ADAZQ", "X.1", "01M7YHX2VZ5DZ1A5H8NV9ADAZQ.-1"]
)
def test_what_is_no_position_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"EPOCH\.SEQ"):
        Position.parse(text)


@given(st.integers(min_value=0, max_value=4_102_444_800_000_000))
def test_identifiers_are_ulids_of_their_moment(now_us: int) -> None:
    identifier = new_ulid(now_us)
    witness = ULID.from_str(identifier)
    assert str(witness) == identifier
    assert witness.milliseconds == now_us // 1000
    assert new_ulid(now_us)[:10] == identifier[:10]


def test_identifiers_of_one_moment_differ() -> None:
    assert len({new_ulid(0) for _ in range(1000)}) == 1000


def test_a_clock_before_1970_gives_identifiers_all_the_same() -> None:
    assert new_ulid(-1).startswith("0" * 10)
