"""From an empty file to a tenant in which the department's own service account runs a job, by one command."""

import pytest

from infra.model import labels
from tests.town import Town, good

pytestmark = pytest.mark.e2e

DEPARTMENT = ["onboard", "department", "tourism", "--zh", "旅游局", "--en", "Tourism Bureau", "--email", "duty@tourism.example"]
DISTRICT = ["onboard", "district", "north", "--zh", "北区", "--en", "North", "--email", "a@north.example"]
DISTRICT += ["--administrator", "group:north", "--allotment", "cpu_millicores=400,memory_gib=1,storage_gib=2,pods=5"]
TENANT = ["onboard", "tenant", "north", "tourism", "--owner", "tourism", "--email", "a@north.example"]
TENANT += ["--cost-code", "TINY-NORTH-TOU", "--developer", "group:north-tourism", "--up"]


def test_a_district_onboards_itself_and_its_deployer_runs_a_job(copy: Town) -> None:
    for command in (DEPARTMENT, DISTRICT):
        good(copy.cityfabric(*command))
    answer = good(copy.cityfabric(*TENANT))
    assert "for 旅游局 Tourism Bureau" in answer.stdout
    assert "north-tourism-prod: its deployer ran a job" in answer.stderr
    metadata = copy.get("namespace", "north-tourism-prod")[0]["metadata"]
    assert metadata["labels"][labels.OWNER] == "tourism"
    assert metadata["annotations"][labels.TEMPLATE] == "application 1"
    # The job went through the audit log as the tenant's own account, and is gone.
    assert copy.get("jobs", "--namespace=north-tourism-prod") == []


def test_leaving_a_file_out_deletes_nothing(town: Town, copy: Town) -> None:
    for command in (DEPARTMENT, DISTRICT, TENANT):
        good(copy.cityfabric(*command))
    try:
        good(town.cityfabric("up"))  # whose data knows no district north
        assert town.get("namespace", "north-tourism-prod")[0]["status"]["phase"] == "Active"
    finally:
        good(copy.pulumi("destroy", "--stack", copy.stack("north"), "--yes", "--skip-preview"))
        good(copy.pulumi("stack", "rm", copy.stack("north"), "--yes"))
