"""The one function that decides about waivers: each reason to refuse by itself, limits from both sides, and what always holds."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model.approver import EXTENDABLE, OVERDUE, WAIVABLE, Approver, Severity, Waivable
from infra.model.verdict import Register, Subject, Verdict, Why, claimed
from infra.model.waiver import Scope, Waiver
from infra.model.waiving import MOST_DAYS_TO_ENTER, decide

RULE, DIGEST = "MR-06", "ab" * 32
SCOPE = Scope(tenant="east/education", environment="prod", kind="Service", name="web")
CREATED, EXPIRES, TODAY = date(2026, 9, 1), date(2026, 11, 30), date(2026, 11, 23)
DAY = timedelta(days=1)
ZHANG = Approver.model_validate(
    {
        "person": "user:zhang.min",
        "office": {"zh": "云平台主管", "en": "Director of the cloud"},
        "since": "2026-01-01",
        "until": "2026-12-31",
        "rules": ["MR-06"],
        "severities": ["medium"],
    }
)
WAIVER = Waiver(
    name="web-port",
    category="product",  # type: ignore[arg-type]  # as a file has it
    rule=RULE,
    scope=SCOPE,
    digest=DIGEST,
    asked_by="user:li.wei",
    asked_on=date(2026, 8, 28),
    approved_by="user:zhang.min",
    ticket="Ticket 31",
    reason="The product knows node ports only",
    basis="Cloud Rules, Article 12",
    created=CREATED,
    expires=EXPIRES,
)
SUBJECT = Subject(SCOPE, claims=("web-port",))
WAIVED = "waived until 2026-11-30 by user:zhang.min: The product knows node ports only (Ticket 31)"


def waiver(**changes: Any) -> Waiver:  # noqa: ANN401 - any field
    return WAIVER.model_copy(update=changes)


def register(*waivers: Waiver, approvers: tuple[Approver, ...] = (ZHANG,), **more: Any) -> Register:  # noqa: ANN401 - any field
    return Register({each.name: each for each in waivers}, {str(number): each for number, each in enumerate(approvers)}, **more)


def approver(**changes: Any) -> Approver:  # noqa: ANN401 - any field
    return ZHANG.model_copy(update=changes)


def said(verdict: Verdict) -> list[Why]:
    assert verdict.waived == (not verdict.refusals)
    assert verdict.words
    return [refusal.why for refusal in verdict.refusals]


def decided(one: Waiver, subject: Subject = SUBJECT, today: date = TODAY, **more: Any) -> list[Why]:  # noqa: ANN401 - any field
    return said(decide(register(one, **more), RULE, subject, DIGEST, today))


def test_a_waiver_that_is_right_holds_and_says_until_when_and_by_whom() -> None:
    verdict = decide(register(WAIVER), RULE, SUBJECT, DIGEST, TODAY)
    assert verdict == Verdict("web-port", (), WAIVED)
    assert verdict.waived
    assert decide(register(WAIVER), RULE, Subject(SCOPE), DIGEST, TODAY) == verdict, "found without being named"


def test_without_a_waiver_there_is_none() -> None:
    verdict = decide(register(), RULE, Subject(SCOPE), DIGEST, TODAY)
    assert (verdict.waived, verdict.waiver, said(verdict)) == (False, None, [Why.NONE])
    assert verdict.words == "no waiver of MR-06 for Service web in east-education-prod"
    other = waiver(scope=SCOPE.model_copy(update={"name": "other"}))
    assert said(decide(register(other), RULE, Subject(SCOPE), DIGEST, TODAY)) == [Why.NONE], (
        "an object that names none has no other's"
    )
    assert said(decide(register(WAIVER), "LG-05", Subject(SCOPE), DIGEST, TODAY)) == [Why.NONE]


def test_a_waiver_that_is_not_in_the_register_is_forged() -> None:
    verdict = decide(register(WAIVER), RULE, Subject(SCOPE, claims=("web-portt",)), DIGEST, TODAY)
    assert (verdict.waived, verdict.waiver, said(verdict)) == (False, "web-portt", [Why.FORGED])
    assert verdict.words == "there is no waiver 'web-portt' in the register"
    assert said(decide(register(WAIVER), RULE, Subject(SCOPE, claims=("",)), DIGEST, TODAY)) == [Why.FORGED]


@pytest.mark.parametrize(
    "change",
    [{"tenant": "west/education"}, {"environment": "test"}, {"kind": "apps/Service"}, {"name": "web2"}],
    ids=lambda each: next(iter(each)),
)
def test_a_waiver_that_is_copied_to_another_object_does_not_hold_there(change: dict[str, str]) -> None:
    elsewhere = SCOPE.model_copy(update=change)
    verdict = decide(register(WAIVER), RULE, Subject(elsewhere, claims=("web-port",)), DIGEST, TODAY)
    assert said(verdict) == [Why.COPIED]
    assert verdict.words == f"the waiver web-port was given for Service web in east-education-prod and not for {elsewhere}"


def test_a_waiver_for_one_rule_is_not_widened_to_another() -> None:
    verdict = decide(register(WAIVER), "MR-04", SUBJECT, DIGEST, TODAY)
    assert said(verdict) == [Why.WIDENED]
    assert verdict.words == "the waiver web-port was given for MR-06 and not for MR-04"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "*"},
        {"name": ""},
        {"name": "web?"},
        {"name": "we[ab]"},
        {"name": "web api"},
        {"kind": "*"},
        {"kind": ""},
        {"tenant": "east/*"},
        {"environment": "*"},
        {"environment": None},
        {"tenant": None},
    ],
    ids=str,
)
def test_a_scope_that_is_not_one_object_is_refused_even_where_it_would_fit(change: dict[str, str | None]) -> None:
    wide = SCOPE.model_copy(update=change)
    assert decided(waiver(scope=wide), Subject(wide, claims=("web-port",))) == [Why.WIDENED]


def test_a_rule_that_is_not_one_rule_is_refused_even_where_it_could_be_waived() -> None:
    wild = register(waiver(rule="*"), waivable={"*": Waivable(365, Severity.MEDIUM)})
    assert said(decide(wild, "*", SUBJECT, DIGEST, TODAY)) == [Why.WIDENED]


def test_an_object_that_stands_in_no_namespace_may_have_a_waiver() -> None:
    scope = Scope(kind="PersistentVolume", name="old-filer")
    assert (scope.place, scope.namespace, str(scope)) == (None, "", "PersistentVolume old-filer")
    assert decided(waiver(scope=scope), Subject(scope)) == []


def test_an_object_that_was_changed_needs_a_new_waiver() -> None:
    verdict = decide(register(WAIVER), RULE, SUBJECT, "cd" * 32, TODAY)
    assert said(verdict) == [Why.CHANGED]
    assert verdict.words == "the waiver web-port was given for the object as it was before a change"


def test_nobody_approves_a_waiver_of_their_own() -> None:
    assert decided(waiver(asked_by="user:zhang.min")) == [Why.SELF_APPROVED]


def test_a_waiver_is_not_approved_before_it_is_asked_for() -> None:
    assert decided(waiver(asked_on=CREATED)) == []
    assert decided(waiver(asked_on=CREATED + DAY)) == [Why.BACK_DATED]


def test_a_waiver_that_comes_into_the_register_long_after_its_day_was_dated_back() -> None:
    latest = CREATED + DAY * MOST_DAYS_TO_ENTER
    assert decided(WAIVER, entered={"web-port": latest}) == []
    assert decided(WAIVER, entered={"web-port": latest + DAY}) == [Why.BACK_DATED]
    assert decided(WAIVER, entered={"web-port": CREATED - DAY}) == [], "written down before it holds"
    assert decided(WAIVER, entered={"other": date(2027, 1, 1)}) == [], "not known"
    told = decide(register(WAIVER, entered={"web-port": latest + DAY}), RULE, SUBJECT, DIGEST, TODAY).words
    assert told == "the waiver web-port was dated back: it came into the register on 2026-09-09, 8 days later"


@pytest.mark.parametrize(
    ("term", "refused"),
    [
        ({"since": CREATED, "until": CREATED}, []),
        ({"since": CREATED + DAY}, [Why.NOT_IN_OFFICE]),
        ({"until": CREATED - DAY}, [Why.NOT_IN_OFFICE]),
        ({"person": "user:wang.fang"}, [Why.NOT_IN_OFFICE]),
        ({"until": TODAY - DAY}, []),
    ],
    ids=str,
)
def test_the_approver_is_in_office_on_the_day_of_the_approval(term: dict[str, Any], refused: list[Why]) -> None:
    assert decided(WAIVER, approvers=(approver(**term),)) == refused


def test_a_second_term_counts_as_well() -> None:
    first = approver(since=date(2024, 1, 1), until=date(2025, 12, 31))
    assert decided(WAIVER, approvers=(first, ZHANG)) == decided(WAIVER, approvers=(ZHANG, first)) == []


@pytest.mark.parametrize(
    ("right", "refused"),
    [
        ({"rules": (RULE,), "severities": ()}, []),
        ({"rules": (), "severities": (Severity.HIGH,)}, []),
        ({"rules": ("LG-05",), "severities": (Severity.MEDIUM, Severity.CRITICAL)}, [Why.NOT_ENTITLED]),
        ({"rules": (), "severities": ()}, [Why.NOT_ENTITLED]),
    ],
    ids=str,
)
def test_the_approver_may_waive_the_rule_or_all_of_its_severity(right: dict[str, Any], refused: list[Why]) -> None:
    assert WAIVABLE[RULE].severity is Severity.HIGH
    assert decided(WAIVER, approvers=(approver(**right),)) == refused


def test_whose_approval_would_count_is_told() -> None:
    others = (
        approver(rules=(), severities=()),
        approver(person="user:wang.fang"),
        approver(person="user:old", until=CREATED - DAY),
    )
    (refusal,) = decide(register(WAIVER, approvers=others), RULE, SUBJECT, DIGEST, TODAY).refusals
    assert refusal.words == "was approved by user:zhang.min, who may not waive MR-06"
    assert (refusal.allowed, refusal.mend) == ("user:wang.fang", "let one of these approve it")
    (refusal,) = decide(register(WAIVER, approvers=()), RULE, SUBJECT, DIGEST, TODAY).refusals
    assert refusal.allowed == "nobody: no approver in office on 2026-09-01 may waive MR-06"
    assert refusal.mend == "declare an approver in city.yaml who may"


def test_what_cannot_be_waived_is_not() -> None:
    for rule in ("MR-01", "LG-01", OVERDUE):
        assert said(decide(register(waiver(rule=rule)), rule, SUBJECT, DIGEST, TODAY)) == [Why.NOT_WAIVABLE]
    assert decided(WAIVER, waivable={}) == [Why.NOT_WAIVABLE], "a catalogue of rules passes its own"


def test_a_waiver_ends() -> None:
    assert decided(waiver(expires=None)) == [Why.ENDLESS]
    assert decided(waiver(expires=None), today=date(2400, 1, 1)) == [Why.ENDLESS]


def test_a_waiver_holds_for_no_longer_than_its_rule_allows() -> None:
    most = WAIVABLE[RULE].max_days
    assert decided(waiver(expires=CREATED + DAY * most)) == []
    assert decided(waiver(expires=CREATED + DAY * (most + 1))) == [Why.OVER_MAXIMUM]
    assert decided(waiver(expires=date.max)) == [Why.OVER_MAXIMUM]
    assert decided(WAIVER, waivable={RULE: Waivable(89, Severity.HIGH)}) == [Why.OVER_MAXIMUM]


def test_a_waiver_holds_from_its_first_day_to_its_last() -> None:
    assert decided(WAIVER, today=CREATED) == []
    assert decided(WAIVER, today=CREATED - DAY) == [Why.EARLY]
    assert decided(WAIVER, today=EXPIRES) == []
    assert decided(WAIVER, today=EXPIRES + DAY) == [Why.EXPIRED]
    assert decide(register(WAIVER), RULE, SUBJECT, DIGEST, EXPIRES + DAY).words == "the waiver web-port is over since 2026-11-30"


def test_all_that_is_wrong_is_told_at_once() -> None:
    worst = waiver(asked_by="user:zhang.min", asked_on=CREATED + DAY, expires=None, digest="cd" * 32)
    verdict = decide(register(worst, approvers=()), RULE, SUBJECT, DIGEST, TODAY)
    assert set(said(verdict)) == {Why.CHANGED, Why.SELF_APPROVED, Why.BACK_DATED, Why.NOT_IN_OFFICE, Why.ENDLESS}
    assert verdict.words.count("; it ") == 4


def test_of_several_waivers_the_one_that_holds_counts_and_else_the_best() -> None:
    over = waiver(name="a-first", created=date(2026, 5, 1), asked_on=date(2026, 5, 1), expires=date(2026, 7, 1))
    bad = waiver(name="z-last", expires=None, digest="cd" * 32)
    for several in ((over, WAIVER, bad), (bad, WAIVER, over)):
        assert decide(register(*several), RULE, Subject(SCOPE), DIGEST, TODAY).waiver == "web-port"
    assert decide(register(bad, over), RULE, Subject(SCOPE), DIGEST, TODAY).waiver == "a-first"
    twin = waiver(name="b-second", created=over.created, asked_on=over.asked_on, expires=over.expires)
    for several in ((over, twin), (twin, over)):
        assert decide(register(*several), RULE, Subject(SCOPE), DIGEST, TODAY).waiver == "a-first", (
            "the same whatever their order"
        )


def test_one_that_is_named_is_the_only_one_looked_at() -> None:
    over = waiver(name="a-first", created=date(2026, 5, 1), asked_on=date(2026, 5, 1), expires=date(2026, 7, 1))
    assert said(decide(register(over, WAIVER), RULE, Subject(SCOPE, claims=("a-first",)), DIGEST, TODAY)) == [Why.EXPIRED]


def test_an_object_that_breaks_two_rules_names_two_waivers() -> None:
    other = waiver(name="host-port", rule="LG-05")
    both = Subject(SCOPE, claims=("web-port", "host-port"))
    for rule, name in ((RULE, "web-port"), ("LG-05", "host-port")):
        verdict = decide(register(WAIVER, other), rule, both, DIGEST, TODAY)
        assert (verdict.waived, verdict.waiver) == (True, name)
    assert said(decide(register(WAIVER, other), "MR-04", both, DIGEST, TODAY)) == [Why.WIDENED]
    assert said(decide(register(WAIVER), "LG-05", both, DIGEST, TODAY)) == [Why.WIDENED], "the other is not there: no better"
    assert decide(register(WAIVER), RULE, Subject(SCOPE, claims=("forged", "web-port")), DIGEST, TODAY).waived


@pytest.mark.parametrize(
    ("annotation", "names"),
    [(None, ()), ("a", ("a",)), ("a,b", ("a", "b")), (" a , b ", ("a", "b")), ("", ("",)), ("a,", ("a", ""))],
)
def test_an_annotation_names_waivers(annotation: str | None, names: tuple[str, ...]) -> None:
    assert claimed(annotation) == names


def test_what_may_be_waived_is_what_the_catalogue_marks_so() -> None:
    assert set(WAIVABLE) == {
        *(f"MR-{number:02}" for number in (*range(3, 11), 12)),
        *("LG-02", "LG-05", "EX-01", "DC-02", "TN-02", "AV-01", "OP-01"),
    }
    assert all(0 < each.max_days <= 365 for each in (*WAIVABLE.values(), EXTENDABLE))


# What follows holds for whatever waiver, so that no case was forgotten above.
# Few values of each, so that waivers that hold are as common as those that do not.
DAYS = st.sampled_from([date(2026, 3, 1) + timedelta(days=days) for days in (0, 1, 90, 91, 180, 181)])
PEOPLE = st.sampled_from(["user:a", "user:b"])
RULES = st.sampled_from(["LG-05", "MR-06", "MR-01"])
DIGESTS = st.sampled_from([DIGEST, "cd" * 32])
SCOPES = st.builds(
    Scope,
    tenant=st.just("east/education"),
    environment=st.sampled_from(["prod", "test"]),
    kind=st.just("Service"),
    name=st.just("web"),
)
WAIVERS = st.builds(
    waiver,
    name=st.sampled_from(["one", "two", "three"]),
    rule=RULES,
    scope=SCOPES,
    digest=DIGESTS,
    asked_by=PEOPLE,
    asked_on=DAYS,
    approved_by=PEOPLE,
    created=DAYS,
    expires=st.none() | DAYS,
)
APPROVERS = st.builds(
    approver,
    person=PEOPLE,
    since=DAYS,
    until=DAYS,
    rules=st.sampled_from([(), ("LG-05",), ("LG-05", "MR-06")]),
    severities=st.sampled_from([(), (Severity.HIGH,), (Severity.HIGH, Severity.MEDIUM)]),
)
REGISTERS = st.builds(
    lambda waivers, approvers: register(*waivers, approvers=tuple(approvers)),
    st.lists(WAIVERS, max_size=4),
    st.lists(APPROVERS, max_size=3),
)
SUBJECTS = st.builds(Subject, SCOPES, st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=2).map(tuple))


def holds(one: Waiver, known: Register, rule: str, subject: Subject, digest: str, today: date) -> bool:
    """Say in plain words, and in another way than the code, whether a waiver holds."""
    most = {"LG-05": 180, "MR-06": 90}.get(rule)
    severity = {"LG-05": "medium", "MR-06": "high"}.get(rule)
    if most is None or one.expires is None:
        return False
    may = any(
        each.person == one.approved_by
        and each.since <= one.created <= each.until
        and (rule in each.rules or severity in {str(own) for own in each.severities})
        for each in known.approvers.values()
    )
    exact = (one.rule, one.scope, one.digest) == (rule, subject.scope, digest)
    in_time = one.asked_on <= one.created <= today <= one.expires <= one.created + timedelta(days=most)
    return may and exact and in_time and one.approved_by != one.asked_by


@given(REGISTERS, RULES, SUBJECTS, DIGESTS, DAYS)
def test_the_verdict_is_what_the_rules_say_in_plain_words(
    known: Register, rule: str, subject: Subject, digest: str, today: date
) -> None:
    verdict = decide(known, rule, subject, digest, today)
    named = [each for each in known.waivers.values() if not subject.claims or each.name in subject.claims]
    assert verdict.waived == any(holds(each, known, rule, subject, digest, today) for each in named)
    assert verdict.waived == (not said(verdict))
    assert verdict.waiver is None or verdict.waiver in (subject.claims or known.waivers)


RIGHT = st.builds(
    lambda asked, wait, days: waiver(asked_on=asked, created=asked + DAY * wait, expires=asked + DAY * (wait + days)),
    st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    st.integers(0, 20),
    st.integers(0, 90),
)


@given(RIGHT, st.integers(-5, 100))
def test_a_right_waiver_holds_on_its_days_and_on_no_other(one: Waiver, after: int) -> None:
    today = one.created + DAY * after
    assert one.expires is not None
    assert (not decided(one, today=today)) == (0 <= after <= (one.expires - one.created).days)


@given(RIGHT, st.sampled_from(["rule", "scope", "digest", "asked_by", "approved_by", "expires", "asked_on"]))
def test_one_wrong_field_is_enough_and_never_mends_another(one: Waiver, field: str) -> None:
    wrong = {
        "rule": "MR-04",
        "scope": SCOPE.model_copy(update={"environment": "test"}),
        "digest": "00" * 32,
        "asked_by": one.approved_by,
        "approved_by": "user:nobody",
        "expires": None,
        "asked_on": one.created + DAY,
    }
    assert decided(one, today=one.created) == []
    assert decided(one.model_copy(update={field: wrong[field]}), today=one.created)


@given(REGISTERS, WAIVERS, RULES, SCOPES, DIGESTS, DAYS)
def test_another_waiver_never_takes_one_away(
    known: Register, more: Waiver, rule: str, scope: Scope, digest: str, today: date
) -> None:
    added = replace(known, waivers={**known.waivers, "more": more.model_copy(update={"name": "more"})})
    before, after = (decide(each, rule, Subject(scope), digest, today).waived for each in (known, added))
    assert after or not before
