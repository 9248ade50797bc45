"""Maintenance only: each kind of growth by itself, limits from both sides, and what holds whatever stands in a room."""

import ipaddress
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model.room import Inventory, Room, RoomState, Tombstone
from infra.model.upkeep import Finding, findings, most_storage

TODAY, DAY = date(2026, 11, 23), timedelta(days=1)
INVENTORY: dict[str, Any] = {
    "racks": 2,
    "servers": 9,
    "disks": 36,
    "storage_tib": 10,
    "addresses": ["192.0.2.0/27", "192.0.2.32/27", "2001:db8::/64"],
    "services": {
        "enrolment": {"system": "enrolment", "replicas": 2, "consumers": ["education", "east"]},
        "library": {"system": "library", "replicas": 1, "consumers": []},
    },
}
SIGNED = Inventory.model_validate(INVENTORY)
TITLE = {"zh": "机房", "en": "A room"}
ROOM = Room.model_validate(
    {
        "name": "old-school",
        "title": TITLE,
        "owner": "education",
        "site": "school-lane-3",
        "state": "migrating",
        "frozen_on": "2025-08-01",
        "inventory": INVENTORY,
        "signed": {"owner": "user:a", "office": "user:b", "digest": "0" * 64},
        "wave": "first",
        "migrate_by": "2026-12-31",
        "systems": {
            "enrolment": {"title": TITLE, "moved_to": "east/education", "moved_on": "2026-09-12"},
            "library": {"title": TITLE},
            "archive": {"title": TITLE},
        },
    }
)
TOMBSTONE = Tombstone(closed_on=date(2026, 6, 12), digest="0" * 64)
NOTHING = Inventory(racks=0, servers=0, disks=0, storage_tib=0, addresses=(), services={})


def room(**changes: Any) -> Room:  # noqa: ANN401 - any field
    return Room.model_validate({**ROOM.model_dump(mode="json"), **changes})


def stands(**changes: Any) -> Inventory:  # noqa: ANN401 - any field
    return Inventory.model_validate({**INVENTORY, **changes})


def served(**changes: dict[str, Any] | None) -> Inventory:
    services = {**INVENTORY["services"], **changes}
    return stands(services={name: each for name, each in services.items() if each})


def repair(pieces: int = 1, was: int = 1000, now: int = 1200, **more: int) -> dict[str, Any]:
    before = {"cores": 10, "memory_gib": 100, "disk_gib": was}
    return {
        "day": "2026-03-17",
        "ticket": "Repair 5",
        "pieces": pieces,
        "was": before,
        "now": {**before, "disk_gib": now, **more},
    }


def told(found: Room, there: Inventory | None = None, today: date = TODAY) -> list[tuple[str, str]]:
    return [(each.rule, each.field) for each in findings(found, there, today)]


def test_what_stands_as_it_was_signed_is_maintained() -> None:
    assert findings(ROOM, SIGNED, TODAY) == ()
    assert findings(ROOM, NOTHING, TODAY) == ()
    assert findings(ROOM, None, TODAY) == ()


@pytest.mark.parametrize("field", ["racks", "servers", "disks", "storage_tib"])
def test_one_more_is_growth_and_one_less_is_none(field: str) -> None:
    assert told(ROOM, stands(**{field: INVENTORY[field] + 1})) == [("LG-01", field)]
    assert told(ROOM, stands(**{field: INVENTORY[field] - 1})) == []


def test_a_finding_says_how_much_and_what_to_do() -> None:
    (found,) = findings(ROOM, stands(servers=12), TODAY)
    instead = "take it out of the room; what is new is built in the cloud, and 'old-school' only shrinks"
    assert found == Finding("LG-01", "servers", "12 where 9 were signed: 3 more", instead)


@pytest.mark.parametrize("network", ["192.0.2.0/26", "192.0.2.0/27", "192.0.2.17/32", "192.0.2.48/28", "2001:db8::7/128"])
def test_addresses_may_be_cut_otherwise(network: str) -> None:
    assert told(ROOM, stands(addresses=[network])) == []


@pytest.mark.parametrize("network", ["192.0.2.0/25", "192.0.2.64/32", "198.51.100.0/30", "2001:db8::/63", "0.0.0.0/0", "::/0"])
def test_addresses_beyond_those_that_were_signed_are_growth(network: str) -> None:
    (found,) = findings(ROOM, stands(addresses=["192.0.2.0/27", network]), TODAY)
    assert (found.rule, found.field) == ("LG-01", "addresses")
    assert found.words == f"{network} is in none of the networks that were signed"
    assert told(room(inventory={**INVENTORY, "addresses": []}), stands(addresses=[network])) == [("LG-01", "addresses")]


def test_replicas_of_a_service_may_not_grow() -> None:
    one = INVENTORY["services"]["enrolment"]
    assert told(ROOM, served(enrolment={**one, "replicas": 1})) == []
    (found,) = findings(ROOM, served(enrolment={**one, "replicas": 5}), TODAY)
    assert (found.rule, found.field) == ("LG-01", "services.enrolment.replicas")
    assert found.words == "5 where 2 were signed: 3 more"


def test_a_new_service_is_not_attached() -> None:
    new = {"system": "library", "replicas": 9, "consumers": ["west"]}
    (found,) = findings(ROOM, served(loans=new), TODAY)
    assert found == Finding("LG-02", "services.loans", "is a service that was not signed", "build it in the cloud")
    assert told(ROOM, served(library=None)) == []


def test_a_new_consumer_is_not_attached() -> None:
    one = INVENTORY["services"]["enrolment"]
    (found,) = findings(ROOM, served(enrolment={**one, "consumers": ["east", "west"]}), TODAY)
    assert (found.rule, found.field) == ("LG-02", "services.enrolment.consumers")
    assert found.words == "west is a consumer that was not signed"
    assert told(ROOM, served(enrolment={**one, "consumers": []})) == []


def test_all_growth_is_told_at_once_in_order() -> None:
    one = {"system": "library", "replicas": 2, "consumers": ["west", "east"]}
    grown = Inventory.model_validate(
        {
            "racks": 3,
            "servers": 10,
            "disks": 37,
            "storage_tib": 11,
            "addresses": ["10.0.0.0/8", "11.0.0.0/8"],
            "services": {"library": one, "a": one},
        }
    )
    assert told(ROOM, grown) == [
        ("LG-01", "racks"),
        ("LG-01", "servers"),
        ("LG-01", "disks"),
        ("LG-01", "storage_tib"),
        ("LG-01", "addresses"),
        ("LG-01", "addresses"),
        ("LG-02", "services.a"),
        ("LG-01", "services.library.replicas"),
        ("LG-02", "services.library.consumers"),
        ("LG-02", "services.library.consumers"),
    ]


def test_a_room_is_overdue_after_its_day_and_not_on_it() -> None:
    assert told(ROOM, today=date(2026, 12, 31)) == []
    (found,) = findings(ROOM, None, date(2027, 1, 2))
    assert (found.rule, found.field) == ("LG-03", "migrate_by")
    assert found.words == "was to be empty by 2026-12-31, 2 days ago; still in it: archive, library"


def test_an_extension_moves_the_day_and_the_latest_counts() -> None:
    base = {"plan": "a", "ticket": "b", "asked_by": "user:a", "approval": {"by": "user:b", "day": "2026-11-01", "reason": "c"}}
    longer = room(extensions={"b": {**base, "until": "2027-06-30"}, "a": {**base, "until": "2027-03-31"}})
    assert longer.due == date(2027, 6, 30)
    assert told(longer, today=date(2027, 6, 30)) == []
    assert told(longer, today=date(2027, 7, 1)) == [("LG-03", "migrate_by")]
    assert room(extensions={"a": {**base, "until": "2026-12-01"}}).due == ROOM.migrate_by, "no extension makes it shorter"


def test_a_room_from_which_all_has_moved_is_overdue_until_it_is_closed() -> None:
    moved = {"title": TITLE, "moved_to": "east/education", "moved_on": "2026-09-12"}
    (found,) = findings(room(systems={"library": moved}), None, date(2027, 1, 1))
    assert found.words == "was to be empty by 2026-12-31, 1 day ago; all has moved, and it is not closed"
    assert findings(room(systems={"library": moved}, state="closed"), None, date(2027, 1, 1)) == ()


@pytest.mark.parametrize(("now", "found"), [(1000, []), (900, []), (1200, []), (1201, ["disk_gib"])])
def test_a_replacement_is_like_what_it_replaces(now: int, found: list[str]) -> None:
    assert told(room(replacements={"disk": repair(now=now)})) == [("LG-05", f"replacements.disk.{unit}") for unit in found]


def test_each_thing_that_a_piece_can_do_is_looked_at() -> None:
    assert told(room(replacements={"server": repair(cores=12, memory_gib=120)})) == []
    better = room(replacements={"server": repair(cores=13, memory_gib=121, now=1201)})
    assert [field for _, field in told(better)] == [f"replacements.server.{unit}" for unit in ("cores", "memory_gib", "disk_gib")]
    assert findings(better, None, TODAY)[0].words == "13 for 10: more than 20 % better is no repair"
    assert told(room(replacements={"disk": repair(was=0, now=1)})) == [("LG-05", "replacements.disk.disk_gib")]


def test_storage_that_a_repair_brought_is_no_growth() -> None:
    four = {"four": repair(pieces=4, was=1024, now=1024 + 128)}
    assert told(room(replacements=four), stands(storage_tib=11)) == [("LG-01", "storage_tib")], "half a TiB more is not one"
    eight = {"eight": repair(pieces=8, was=1024, now=1024 + 128)}
    assert told(room(replacements=eight), stands(storage_tib=11)) == []
    (found,) = findings(room(replacements=eight), stands(storage_tib=12), TODAY)
    assert found.words == "12 where 10 were signed, and repairs bring it to at most 11"


def test_repairs_add_up_to_no_more_than_the_limit_of_one() -> None:
    many = {f"number-{number}": repair(pieces=100, was=1024, now=1200) for number in range(5)}
    assert told(room(replacements=many), stands(storage_tib=12)) == []
    assert told(room(replacements=many), stands(storage_tib=13)) == [("LG-01", "storage_tib")]


def test_a_replacement_above_the_limit_allows_no_storage_and_a_smaller_one_takes_none_away() -> None:
    above = {"above": repair(pieces=8, was=1024, now=1300)}
    assert told(room(replacements=above), stands(storage_tib=11)) == [
        ("LG-01", "storage_tib"),
        ("LG-05", "replacements.above.disk_gib"),
    ]
    smaller = {"a": repair(pieces=8, was=1024, now=1152), "b": repair(pieces=8, was=1024, now=512)}
    assert told(room(replacements=smaller), stands(storage_tib=11)) == []


@pytest.mark.parametrize("state", ["maintained", "migrating"])
def test_a_room_with_a_tombstone_is_not_opened_again(state: str) -> None:
    (found,) = findings(room(state=state), None, TODAY, TOMBSTONE)
    assert (found.rule, found.field) == ("LG-04", "state")
    assert found.words == f"is {state} again, and is closed since 2026-06-12"


@pytest.mark.parametrize("tombstone", [None, TOMBSTONE])
def test_whatever_stands_in_a_closed_room_is_reopening(tombstone: Tombstone | None) -> None:
    closed = room(state="closed")
    assert findings(closed, NOTHING, TODAY, tombstone) == findings(closed, None, TODAY, tombstone) == ()
    found = findings(closed, SIGNED, TODAY, tombstone)
    assert {each.rule for each in found} == {"LG-04"}
    assert [each.field for each in found] == ["racks", "servers", "disks", "storage_tib", "addresses", "services"]
    since = "since 2026-06-12" if tombstone else "by its file"
    assert found[1].words == f"9 in a room that is closed {since}"
    assert found[5].words == f"enrolment, library in a room that is closed {since}"
    assert told(closed, today=date(2030, 1, 1)) == [], "a closed room is not overdue"


# What follows holds whatever stands in a room.
COUNT = st.integers(0, 6)
SPACE = [
    ipaddress.ip_network(f"192.0.2.{start}/{prefix}") for prefix in (28, 29, 30) for start in range(0, 32, 2 ** (32 - prefix))
]
NETWORKS = st.lists(st.sampled_from([str(each) for each in SPACE]), max_size=4, unique=True)
SERVICES = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.fixed_dictionaries(
        {"system": st.just("any"), "replicas": COUNT, "consumers": st.lists(st.sampled_from(["x", "y", "z"]), unique=True)}
    ),
)
INVENTORIES = st.fixed_dictionaries(
    {**dict.fromkeys(("racks", "servers", "disks", "storage_tib"), COUNT), "addresses": NETWORKS, "services": SERVICES}
).map(Inventory.model_validate)
DISKS = st.sampled_from([0, 500, 512, 600, 1024, 1228, 1229])
REPAIRS = st.builds(repair, pieces=st.integers(1, 5), was=DISKS, now=DISKS)


def hosts(networks: tuple[str, ...]) -> set[object]:
    return set(chain.from_iterable(ipaddress.ip_network(each) for each in networks))


def grown(signed: Inventory, there: Inventory) -> set[tuple[str, str]]:
    """Say in plain words, address by address, what grew."""
    found = {
        ("LG-01", name) for name in ("racks", "servers", "disks", "storage_tib") if getattr(there, name) > getattr(signed, name)
    }
    if not hosts(there.addresses) <= hosts(signed.addresses):
        found.add(("LG-01", "addresses"))
    for name, service in there.services.items():
        if name not in signed.services:
            found.add(("LG-02", f"services.{name}"))
            continue
        if service.replicas > signed.services[name].replicas:
            found.add(("LG-01", f"services.{name}.replicas"))
        if set(service.consumers) - set(signed.services[name].consumers):
            found.add(("LG-02", f"services.{name}.consumers"))
    return found


def signed_for(signed: Inventory, repairs: list[dict[str, Any]] | None = None) -> Room:
    named = {f"number-{number}": each for number, each in enumerate(repairs or [])}
    return room(inventory=signed.model_dump(mode="json"), replacements=named)


@given(INVENTORIES, INVENTORIES)
def test_what_grew_is_what_plain_counting_says(signed: Inventory, there: Inventory) -> None:
    assert set(told(signed_for(signed), there)) == grown(signed, there)


@given(INVENTORIES)
def test_an_inventory_is_no_growth_of_itself(signed: Inventory) -> None:
    assert told(signed_for(signed), signed) == []


@given(INVENTORIES, INVENTORIES, INVENTORIES)
def test_what_shrinks_and_shrinks_again_has_not_grown(first: Inventory, second: Inventory, third: Inventory) -> None:
    if not told(signed_for(first), second) and not told(signed_for(second), third):
        assert told(signed_for(first), third) == []


@given(INVENTORIES, INVENTORIES, st.sampled_from(["racks", "servers", "disks", "storage_tib"]))
def test_more_never_takes_a_finding_away(signed: Inventory, there: Inventory, field: str) -> None:
    more = there.model_copy(update={field: getattr(there, field) + 1})
    assert set(told(signed_for(signed), there)) <= set(told(signed_for(signed), more))


@given(INVENTORIES, st.lists(REPAIRS, max_size=6))
def test_repairs_bring_at_most_a_fifth_and_take_nothing(signed: Inventory, repairs: list[dict[str, Any]]) -> None:
    found = signed_for(signed, repairs)
    most = most_storage(signed, tuple(found.replacements.values()))
    assert signed.storage_tib <= most <= signed.storage_tib * Fraction(6, 5)
    brought = sum(
        each["pieces"] * (each["now"]["disk_gib"] - each["was"]["disk_gib"])
        for each in repairs
        if each["was"]["disk_gib"] < each["now"]["disk_gib"] and 5 * each["now"]["disk_gib"] <= 6 * each["was"]["disk_gib"]
    )
    assert most == min(Fraction(brought, 1024) + signed.storage_tib, signed.storage_tib * Fraction(6, 5))


@given(INVENTORIES, INVENTORIES, st.dates(), st.sampled_from(list(RoomState)), st.none() | st.just(TOMBSTONE))
def test_every_finding_is_whole_and_has_a_rule_of_rooms(
    signed: Inventory, there: Inventory, today: date, state: RoomState, tombstone: Tombstone | None
) -> None:
    found = findings(room(inventory=signed.model_dump(mode="json"), state=state.value), there, today, tombstone)
    assert all(each.rule in {"LG-01", "LG-02", "LG-03", "LG-04", "LG-05"} for each in found)
    assert all(each.field and each.words and each.instead for each in found)
    closed = tombstone is not None or state is RoomState.CLOSED
    assert all((each.rule == "LG-04") == closed for each in found)
