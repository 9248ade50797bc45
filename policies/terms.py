"""The words that rules and examples are written with."""

from enum import StrEnum


class Point(StrEnum):
    """Where a rule is enforced."""

    PLAN = "plan"
    ADMISSION = "admission"
    STATIC = "static"
    AUDIT = "audit"


class Control(StrEnum):
    """Control points of GB/T 22239-2019 by this project's short names; the official text decides."""

    CE1 = "CE1"
    CE2 = "CE2"
    CE3 = "CE3"
    CE4 = "CE4"
    CE5 = "CE5"
    CE6 = "CE6"
    CE7 = "CE7"
    CE8 = "CE8"
    CE9 = "CE9"
    CE10 = "CE10"
    CE11 = "CE11"
    CE12 = "CE12"
    CE13 = "CE13"
    CE14 = "CE14"
    CE15 = "CE15"
    CHANGE = "G-变更管理"
    CONFIGURATION = "G-配置管理"
    BACKUP = "G-备份与恢复管理"
    IDENTITY = "G-身份鉴别"


class Severity(StrEnum):
    """How bad a breach is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"


class Level(StrEnum):
    """Whether a rule speaks of what is built anew, of what stands already, or of both."""

    NEW = "new"
    LEGACY = "legacy"
    BOTH = "both"


class Scope(StrEnum):
    """Whose objects a rule looks at."""

    DEPARTMENTS = "departments"
    EVERYBODY = "everybody"


class Exempt(StrEnum):
    """Whose requests a rule lets through at admission."""

    PLATFORM = "platform"
    CLUSTER = "cluster"
    NODES = "nodes"


class Operation(StrEnum):
    """What a request does with an object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


class Verdict(StrEnum):
    """What becomes of an object."""

    ALLOWED = "allowed"
    REFUSED = "refused"


class Who(StrEnum):
    """Who sends a request."""

    DEPARTMENT = "department"
    PLATFORM = "platform"
