"""Who did it: what is read from an audit log, and from the object itself where there is none."""

import json
from pathlib import Path
from typing import Any

from cityfabric.drift.audit import deeds, logs, remembered
from cityfabric.drift.compare import Ref

POLICY = Ref("networking.k8s.io/v1", "NetworkPolicy", "a-b-prod", "default-deny")
SPACE = Ref("v1", "Namespace", "", "a-b-prod")


def event(verb: str, resource: str, name: str, user: str = "eve", code: int = 200, **more: Any) -> str:  # noqa: ANN401 - any field
    reference = {"resource": resource, "namespace": "a-b-prod", "name": name} | more.pop("objectRef", {})
    return json.dumps(
        {
            "verb": verb,
            "user": {"username": user},
            "sourceIPs": ["10.77.0.1"],
            "userAgent": "kubectl/v1.37.2 (linux/amd64)",
            "objectRef": reference,
            "responseStatus": {"code": code},
            "stageTimestamp": f"2026-11-23T12:00:{len(user):02}.123456Z",
        }
        | more,
        separators=(",", ":"),
    )


def log(folder: Path, *lines: str) -> list[Path]:
    (folder / "audit.log").write_text("\n".join(lines) + "\n")
    return logs(folder)


def test_the_last_one_who_succeeded_did_it(tmp_path: Path) -> None:
    lines = [
        event("patch", "networkpolicies", "default-deny", "alice"),
        event("update", "networkpolicies", "default-deny", "eve"),
        event("delete", "networkpolicies", "default-deny", "refused", code=403),
        event("update", "networkpolicies", "other", "bob"),
        event("get", "networkpolicies", "default-deny", "reader"),
    ]
    found = deeds(log(tmp_path, *lines), [POLICY])
    assert str(found[POLICY]) == "eve, update, 2026-11-23T12:00:03Z, from 10.77.0.1 by kubectl/v1.37.2"


def test_who_acts_as_another_is_told_as_that_other(tmp_path: Path) -> None:
    line = event("update", "networkpolicies", "default-deny", impersonatedUser={"username": "robot"})
    assert deeds(log(tmp_path, line), [POLICY])[POLICY].who == "robot"


def test_a_namespaces_own_change_is_not_that_of_what_is_in_it(tmp_path: Path) -> None:
    lines = [
        event("patch", "namespaces", "a-b-prod"),
        event("update", "namespaces", "a-b-prod", "kubelet", objectRef={"subresource": "status"}),
    ]
    found = deeds(log(tmp_path, *lines), [POLICY, SPACE])
    assert {ref: deed.who for ref, deed in found.items()} == {SPACE: "eve"}


def test_who_deletes_a_namespace_did_it_and_not_the_controller_that_follows(tmp_path: Path) -> None:
    carried_out = event("update", "namespaces", "a-b-prod", "controller", objectRef={"subresource": "finalize"})
    found = deeds(log(tmp_path, event("delete", "namespaces", "a-b-prod"), carried_out), [SPACE])
    assert (found[SPACE].who, found[SPACE].verb) == ("eve", "delete")


def test_the_deletion_of_all_takes_each(tmp_path: Path) -> None:
    assert deeds(log(tmp_path, event("deletecollection", "networkpolicies", "")), [POLICY])[POLICY].who == "eve"
    assert not deeds(log(tmp_path, event("deletecollection", "rolebindings", "")), [POLICY])


def test_rotated_logs_are_read_first_and_a_half_written_line_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "audit-2026-11-22T00-00-00.000.log").write_text(event("update", "networkpolicies", "default-deny", "old") + "\n")
    assert deeds(logs(tmp_path), [POLICY])[POLICY].who == "old"
    whole = event("patch", "networkpolicies", "default-deny", "newer")
    assert deeds(log(tmp_path, whole, whole[:-20]), [POLICY])[POLICY].who == "newer"


def test_without_a_log_the_object_tells_the_program_and_the_time() -> None:
    fields = [
        {"manager": "cityfabric", "time": "2026-11-23T13:00:00Z"},
        {"manager": "kubectl-edit", "time": "2026-11-23T12:00:00Z"},
        {"manager": "kubelet", "time": "2026-11-23T14:00:00Z", "subresource": "status"},
    ]
    deed = remembered({"metadata": {"managedFields": fields}})
    assert deed.who.startswith("the program kubectl-edit; by whom is unknown")
    assert deed.when == "2026-11-23T12:00:00Z"
    assert remembered(None).who.startswith("unknown")
