"""Cities of any size, for benchmarks: as the model city in shape, with as many tenants as asked for."""

import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from tests.town import BIN, ROOT

PER_DISTRICT: Final = 12
"""Tenants in a district, about as in the model city."""
_AMOUNT: Final = {"cpu_millicores": 100, "memory_gib": 1, "storage_gib": 1, "pods": 5}


def project(place: Path, tenants: int, per_district: int = PER_DISTRICT) -> Path:
    """Make a project whose city `bench` has so many tenants of two environments, and return its folder."""
    folder = place / "stacks" / "bench"
    shutil.copytree(ROOT / "stacks" / "tiny" / "departments", folder / "departments")
    shutil.copytree(ROOT / "stacks" / "schemas", place / "stacks" / "schemas")
    for program in (ROOT / "stacks").glob("*.py"):
        shutil.copyfile(program, place / "stacks" / program.name)
    for name in ("zones", "services"):
        shutil.copyfile(ROOT / "stacks" / "tiny" / f"{name}.yaml", folder / f"{name}.yaml")
    shutil.copyfile(ROOT / "Pulumi.yaml", place / "Pulumi.yaml")
    (place / ".venv").symlink_to(BIN.parent)
    sizes = [min(per_district, tenants - begun) for begun in range(0, tenants, per_district)]
    districts = {f"d{number:03}": size for number, size in enumerate(sizes)}
    _write(folder / "city.yaml", "../schemas/city.schema.json", _city(districts))
    for name, size in districts.items():
        _write(folder / "districts" / f"{name}.yaml", "../../schemas/district.schema.json", _district(name, size))
    return place


def _city(districts: dict[str, int]) -> dict[str, Any]:
    allotments = {name: {unit: 2 * size * value for unit, value in _AMOUNT.items()} for name, size in districts.items()}
    capacity = {unit: sum(one[unit] for one in allotments.values()) for unit in _AMOUNT}
    return {
        "name": "bench",
        "title": {"zh": "试", "en": "Bench"},
        "contact": {"email": "a@bench.example"},
        "registry": "registry.bench.example",
        "capacity": capacity,
        "allotments": allotments,
    }


def _district(name: str, size: int) -> dict[str, Any]:
    return {
        "name": name,
        "title": {"zh": "区", "en": name},
        "level": "district",
        "contact": {"email": "a@bench.example"},
        "administrators": [f"group:{name}"],
        "tenants": {f"t{number:02}": _tenant(name, number) for number in range(size)},
    }


def _tenant(district: str, number: int) -> dict[str, Any]:
    return {
        "title": {"zh": "户", "en": f"Tenant {number}"},
        "owner": "education",
        "contact": {"email": "a@bench.example"},
        "cost_code": f"BENCH-T{number:02}",
        "protection_level": 2,
        "zone": ("extranet", "internet", "data")[number % 3],
        "quota": {unit: 2 * value for unit, value in _AMOUNT.items()},
        "environments": {name: {"quota": dict(_AMOUNT)} for name in ("prod", "test")},
        "roles": {"developer": [f"group:{district}-{number}"]},
        "consumes": ["authentication"] if number % 3 == 0 else [],
    }


def _write(file: Path, schema: str, document: dict[str, Any]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"# yaml-language-server: $schema={schema}\n{yaml.safe_dump(document, allow_unicode=True)}", "utf-8")
