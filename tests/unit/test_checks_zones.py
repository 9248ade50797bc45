"""Checks of the zones: the matrix is complete, gateways stand at their boundaries, egress levels open what they say."""

import pytest

from tests.desk import Desk, Mistake

ZONES, WEST, SERVICES = "zones.yaml", "districts/west.yaml", "services.yaml"
ROWS = ("internet", "extranet", "exchange", "data", "management")

SERVICE = "    title: {zh: 服务, en: Service}\n    kind: function\n    zone: extranet\n    port: 8443\n    type: http\n"

# fmt: off
MISTAKES = [
    Mistake(WEST, "zone: data\n", "zone: data\n    egress: public\n", "egress: public", "tenants.statistics.egress", "public",
            "does not allow this egress", "what zone data allows: closed", "choose one of these", "west"),
    Mistake(WEST, "level: 3\n    zone: data", "level: 4\n    zone: data", "level: 4", "tenants.statistics.protection_level", "4",
            "may not hold", "at most 3 in zone data", "choose a zone for this level", "west"),
    Mistake(WEST, "[authentication]", "[population]", "[population]", "tenants.education.consumes.0", "population",
            "runs in zone data, which zone internet may not reach", "services in zones", "'deny' in zones.yaml:", "west"),
    Mistake(ZONES, "    data: allow\n", "", "  exchange:  # row", "matrix.exchange", "",
            "cell for zone 'data' is missing", "a cell for each zone", "add 'data: deny'"),
    Mistake(ZONES, "    data: allow\n", "    data: allow\n    cellar: deny\n", "cellar", "matrix.exchange.cellar", "cellar",
            "not declared", "data, exchange, extranet, internet, management", "remove the cell"),
    Mistake(ZONES, "    data: allow", "    data: via bastoin", "bastoin", "matrix.exchange.data", "via bastoin",
            "not declared", "via bastion, via boundary", "did you mean 'via bastion'?"),
    Mistake(ZONES, "    data: allow", "    data: via bastion # here", "# here", "matrix.exchange.data", "via bastion",
            "stands in zone management", "a gateway in zone exchange or data", "another gateway"),
    Mistake(ZONES, "  closed: {}\n", "", "egress:  # levels", "egress", "",
            "'closed' is missing", "closed, trusted, public", "add 'closed:'"),
    Mistake(ZONES, "  closed: {}\n", "  closed:\n    cidrs: [203.0.113.0/24]\n", "203.0.113.0/24", "egress.closed.cidrs",
            "a list of 1 item", "opens nothing", "{}", "remove the networks"),
    Mistake(ZONES, "    cidrs: [0.0.0.0/0]", "    cidrs: [0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/3]", "224.0.0.0/4",
            "egress.public.except_cidrs.7", "224.0.0.0/4", "in no network that is opened", "0.0.0.0/1", "remove it"),
]
# fmt: on


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.field}={mistake.value}")
def test_a_rule_of_the_zones(desk: Desk, mistake: Mistake) -> None:
    desk.edit(ZONES, "  exchange:\n    internet: via outlet\n", "  exchange:  # row\n    internet: via outlet\n")
    desk.edit(ZONES, "egress:\n  closed: {}\n", "egress:  # levels\n  closed: {}\n")
    desk.see(mistake)


@pytest.mark.parametrize(
    ("name", "message", "allowed"),
    [
        ("localhost", "finds something else", "any other name than kubernetes and localhost"),
        ("kubernetes", "finds something else", "any other name"),
        ("boundary", "a gateway of the same zone is called so, in zones.yaml:", "no gateway in zone extranet"),
    ],
)
def test_a_service_has_an_address_of_its_own(desk: Desk, name: str, message: str, allowed: str) -> None:
    desk.edit(SERVICES, "services:\n", f"services:\n  {name}:\n{SERVICE}")
    problem = desk.only_problem()
    assert (problem.file, problem.line, problem.field) == (SERVICES, desk.line(SERVICES, f"  {name}:"), f"services.{name}")
    assert message in problem.message
    assert allowed in problem.allowed
    assert problem.mend == "rename the service, here and under `consumes`"


def test_a_service_may_be_called_as_a_gateway_of_another_zone(desk: Desk) -> None:
    desk.edit(SERVICES, "services:\n", f"services:\n  bastion:\n{SERVICE}")
    assert desk.load().problems == ()


def test_two_services_of_one_name_are_told(desk: Desk) -> None:
    desk.edit(SERVICES, "services:\n", f"services:\n  population:\n{SERVICE}")
    problem = desk.only_problem()
    assert problem.file == SERVICES
    assert "stands twice, first in line" in problem.message


def test_a_service_says_how_it_is_bound(desk: Desk) -> None:
    desk.edit(SERVICES, "    type: postgresql\n", "    scheme: 'postgresql://'\n")
    assert {(problem.field, problem.line) for problem in desk.load().problems} == {
        ("services.population.type", desk.line(SERVICES, "  population:")),
        ("services.population.scheme", desk.line(SERVICES, "scheme: 'postgresql")),
    }


def test_a_gateway_of_no_declared_zone_guards_nothing(desk: Desk) -> None:
    desk.edit(ZONES, "    zone: management", "    zone: cellar")
    problems = [problem for problem in desk.load().problems if problem.field == "gateways.bastion.zone"]
    assert [(problem.line, problem.value) for problem in problems] == [(desk.line(ZONES, "cellar"), "cellar")]


def test_a_row_that_is_missing_and_one_too_many(desk: Desk) -> None:
    desk.edit(ZONES, "  exchange:\n    internet: via outlet", "  cellar:\n    internet: deny")
    problems = desk.load().problems
    matrix, cellar = desk.line(ZONES, "matrix:"), desk.line(ZONES, "  cellar:")
    assert [(problem.line, problem.field, problem.value) for problem in problems] == [
        (matrix, "matrix", ""),
        (cellar, "matrix.cellar", "cellar"),
    ]
    assert "'exchange'" in problems[0].message


def test_a_new_zone_needs_all_its_answers(desk: Desk) -> None:
    zone = "  vault:\n    title: {zh: 保险库, en: Vault}\n    protection_level: 4\n    egress: [closed]\n    accepts: []\n"
    desk.edit(ZONES, "\ngateways:", f"{zone}\ngateways:")
    problems = desk.load().problems
    assert [problem.field for problem in problems] == ["matrix", *(f"matrix.{row}" for row in ROWS)]
    assert {"'vault'" in problem.message for problem in problems} == {True}


def test_a_tenant_s_problem_names_the_line_of_the_zone(desk: Desk) -> None:
    desk.edit(WEST, "zone: data\n", "zone: data\n    egress: public\n")
    assert f"zones.yaml:{desk.line(ZONES, 'egress: [closed]')}" in desk.only_problem().mend


def test_exceptions_of_the_other_family_are_outside(desk: Desk) -> None:
    desk.edit(ZONES, "      - 224.0.0.0/4", "      - fc00::/7")
    assert desk.only_problem().value == "fc00::/7"
    desk.edit(ZONES, "cidrs: [0.0.0.0/0]", "cidrs: [0.0.0.0/0, '::/0']")
    assert desk.load().problems == ()
