"""CEL in the plan says what the API server's says, and what a text reads is known."""

import pytest

from policies import cel
from policies.quantity import amount, is_cidr, is_ip, is_quantity
from policies.reads import reads, unclear
from policies.shared import VARIABLES, needed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("isIP('10.0.0.1')", True),
        ("isIP('::ffff:10.0.0.1')", False),
        ("isIP('fe80::1%eth0')", False),
        ("isIP('010.0.0.1')", False),
        ("ip('::0001') == ip('::1')", True),
        ("ip('127.0.0.1').isLoopback()", True),
        ("isCIDR('10.0.0.0/8')", True),
        ("isCIDR('10.0.0.0')", False),
        ("isCIDR('10.0.0.0/33')", False),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3')", True),
        ("cidr('10.0.0.0/8').containsIP('11.1.2.3')", False),
        ("cidr('10.1.2.3/8').containsIP(ip('10.9.9.9'))", True),
        ("quantity('1000m') == quantity('1')", True),
        ("quantity('1Gi').isGreaterThan(quantity('1G'))", True),
        ("quantity('1Gi').isLessThan(quantity('1G'))", False),
        ("quantity('1Ki').compareTo(quantity('1024'))", 0),
        ("quantity('-1').compareTo(quantity('0'))", -1),
        ("quantity('1e3').compareTo(quantity('1k'))", 0),
        ("isQuantity('lots')", False),
        ("'a1b2'.find('[0-9]')", "1"),
        ("'abc'.find('[0-9]')", ""),
        ("{'a': {'c': 1}}.?a.?b.orValue(7)", 7),
        ("object == null", True),
    ],
)
def test_a_text_has_the_value_that_the_api_server_gives(text: str, value: object) -> None:
    assert cel.evaluate(text, cel.activation({})) == cel.Outcome(value)


@pytest.mark.parametrize(
    "text", ["quantity('lots') == quantity('1')", "ip('x') == ''", "cidr('10.0.0.0').containsIP('10.0.0.1')", "object.a"]
)
def test_what_cannot_be_evaluated_is_a_failure_and_never_true(text: str) -> None:
    outcome = cel.evaluate(text, cel.activation({"object": {}}))
    assert outcome.failure
    assert outcome.value is None


@pytest.mark.parametrize("text", ["object.a +", "nobody.a == 1", "cel.bind(x, 1, x == 1)", "1 == 'a'"])
def test_what_is_no_cel_for_the_api_server_does_not_compile(text: str) -> None:
    with pytest.raises(cel.TextError):
        cel.compiled(text)


def test_quantities_are_exact() -> None:
    assert amount("0.1") * 10 == 1
    assert amount("1n") * 10**9 == 1
    assert amount("1Ei") == 1024**6
    assert not any(map(is_quantity, ("", "1 Gi", "1gi", "1Kii", "e3", ".", "+-1")))
    assert is_ip("10.0.0.1")
    assert not is_cidr("a/8")


@pytest.mark.parametrize(
    ("text", "path", "read"),
    [
        ("object.spec.type == 'x'", ("spec", "type"), True),
        ("object.spec.type == 'x'", ("spec",), True),
        ("object.spec.type == 'x'", ("spec", "other"), False),
        ("object.?spec.?type.orValue('') == 'x'", ("spec", "type"), True),
        ("object.metadata.labels[?'a.b/c'].orValue('') == ''", ("metadata", "labels", "a.b/c"), True),
        ("object.metadata.labels[?'a.b/c'].orValue('') == ''", ("metadata", "labels", "other"), False),
        ('object.metadata.labels["a"] == ""', ("metadata", "labels", "a"), True),
        ("object.metadata.labels.all(key, object.metadata.labels[key] == '')", ("metadata", "labels", "any"), True),
        ("object.spec.list.all(each, each.name == '')", ("spec", "list", 3, "name"), True),
        ("object.spec.list.all(each, each.name == '')", ("spec", "list", 3), True),
        ("object.spec.list.all(each, each.name == '')", ("spec", "list", 3, "value"), False),
        ("object.spec.text == '.hidden'", ("spec", "hidden"), False),
    ],
)
def test_it_is_known_what_a_text_reads(text: str, path: tuple[str | int, ...], read: bool) -> None:  # noqa: FBT001 - a table
    assert reads([text]).reach(path) is read


def test_a_text_whose_reading_nobody_can_follow_is_told() -> None:
    assert unclear("object.f(x)[y] == 1")
    assert not unclear("object.labels[y] == 1 && object.x in ['a', 'b']")


def test_a_variable_stands_after_those_that_it_reads() -> None:
    names = list(VARIABLES)
    for name in names:
        assert set(needed([VARIABLES[name]])) <= set(names[: names.index(name)])
    assert needed(["variables.imageNames"]) == ("podSpec", "containers", "volumes", "images", "imageNames")
