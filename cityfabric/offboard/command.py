"""`cityfabric offboard`: lets a tenant leave, one step at a time; each is written into the data and can be run again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from cityfabric import platform
from cityfabric.console import say
from cityfabric.engine import Tools
from cityfabric.errors import EngineError, UserError
from cityfabric.offboard import archive, erase, record
from cityfabric.offboard.kubectl import Kubectl
from cityfabric.offboard.show import next_step, show
from cityfabric.offboard.stop import start, stop
from cityfabric.options import AsJson, City
from cityfabric.settings import Settings, read_settings
from cityfabric.up import up
from infra.model import labels
from infra.model.city import City as WholeCity
from infra.model.offboarding import Exported, Offboarding, Stage, Suspended, Withdrawn

offboard: Final = typer.Typer(no_args_is_help=True, help="Let a tenant leave: suspend, export, hold, erase with an approval.")

Name = Annotated[str, typer.Argument(help="The offboarding: the name of its file in offboardings/.")]
Archives = Annotated[Path | None, typer.Option(help="Folder of the archives and certificates. Default: in the instance's state.")]


@dataclass(frozen=True, slots=True)
class Case:
    """One offboarding, and where it happens."""

    settings: Settings
    city: WholeCity
    leaver: Offboarding
    today: date

    @property
    def stage(self) -> Stage:
        """How far it is today."""
        return self.leaver.stage(self.today)

    def namespaces(self) -> list[str]:
        """Return the namespaces that are concerned."""
        district, tenant = self.leaver.place
        declared = self.city.districts[district].tenants.get(tenant)
        environments = declared.environments if declared else ()
        chosen = [each for each in environments if self.leaver.environment in {None, each}]
        return [labels.namespace_name(district, tenant, each) for each in chosen]

    def again(self) -> "Case":
        """Return the case as the data has it now."""
        city = record.read(self.settings)
        return Case(self.settings, city, record.find(city, self.leaver.name), self.today)

    def require(self, *stages: Stage) -> None:
        """Refuse a step that is not the next one.

        Raises:
            UserError: It is not.
        """
        if self.stage not in stages:
            message = f"{self.leaver.name} is {self.stage}, and this step needs it to be {' or '.join(stages)}"
            raise UserError(message, next_step(self.leaver, self.today))


@offboard.command("list")
def show_all(city: City = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads the default
    """Show every offboarding: how far it is, and what comes next."""
    settings = read_settings(city)
    show(record.read(settings), _today(), as_json=as_json)


@offboard.command()
def suspend(name: Name, city: City = None) -> None:
    """Close the tenant: nobody but those who look has a role, nothing gets in or out, and what runs is scaled to zero."""
    case = _case(name, city)
    case.require(Stage.ASKED, Stage.SUSPENDED)
    if case.stage is Stage.ASKED:
        record.take(case.settings, name, "suspended", Suspended(day=case.today))
    _provision(case)
    _each_namespace(case, stop)
    _tell_next(case.again())


@offboard.command()
def export(name: Name, city: City = None, archives: Archives = None) -> None:
    """Save all its objects and volumes into an archive with the hash of every file."""
    case = _case(name, city)
    case.require(Stage.SUSPENDED)
    tools = _tools(case)
    with platform.asked(case.settings) as api:
        uids = erase.uids(api)
        missing = [each for each in case.namespaces() if each not in uids]
        if missing:
            raise EngineError(f"{', '.join(missing)}: not on the cluster", f"run: cityfabric offboard suspend {name}")
        for namespace in case.namespaces():
            stop(api, namespace)
    kubectl, folder = Kubectl(case.settings, tools), _folder(case, archives)
    spaces = {each: uids[each] for each in case.namespaces()}
    exported = archive.make(kubectl, folder, case.leaver, spaces, case.city.city.registry, case.today)
    record.take(case.settings, name, "exported", exported)
    say(f"{folder / name}: {exported.files} files, {exported.size} bytes; check it with: sha256sum --check manifest-sha256.txt")
    _tell_next(case.again())


@offboard.command("erase")
def erase_all(name: Name, city: City = None, archives: Archives = None) -> None:
    """Delete everything of it, see that it is gone, and write the certificate. Only with an approval, after the retention."""
    case = _case(name, city)
    case.require(Stage.APPROVED)
    folder, exported = _folder(case, archives), _exported(case.leaver)
    if not erase.certificate_of(folder, case.leaver).exists():  # a run that was cut off may have come that far
        archive.verify(folder, case.leaver, exported)
        with platform.asked(case.settings) as api:
            erase.require_same(api, exported)
        if case.namespaces():
            say(f"taken out of {record.remove(case.settings, case.leaver)}")
        _provision(case)
        with platform.asked(case.settings) as api:
            erase.require_gone(api, exported)
    file, erased = erase.certify(folder, case.leaver, platform.identity(case.settings), case.today)
    record.take(case.settings, name, "erased", erased)
    say(f"{name} is erased; the certificate is {file}")


@offboard.command()
def withdraw(name: Name, city: City = None) -> None:
    """Let the tenant stay after all: open it again, and start what was stopped."""
    case = _case(name, city)
    case.require(*(set(Stage) - {Stage.ERASED}))
    if not case.namespaces():
        raise UserError(
            f"{name} is half erased: its entry is out of the district's file", f"run: cityfabric offboard erase {name}"
        )
    if case.stage is not Stage.WITHDRAWN:
        record.take(case.settings, name, "withdrawn", Withdrawn(day=case.today))
    _provision(case)
    _each_namespace(case, start)
    say(f"{name} is withdrawn: the tenant stays")


def _case(name: str, city: str | None) -> Case:
    settings = read_settings(city)
    found = record.read(settings)
    return Case(settings, found, record.find(found, name), _today())


def _today() -> date:
    return datetime.now(UTC).date()


def _tools(case: Case) -> Tools:
    if case.settings.sandbox:
        platform.require_sandbox(case.settings)
    return platform.tools(case.settings)


def _folder(case: Case, archives: Path | None) -> Path:
    return (archives or case.settings.state / "archives").absolute()


def _exported(leaver: Offboarding) -> Exported:
    if leaver.exported is None:
        raise UserError(f"{leaver.name} was not exported", f"run: cityfabric offboard export {leaver.name}")
    return leaver.exported


def _provision(case: Case) -> None:
    district, _ = case.leaver.place
    code, _ = up(case.settings, [district])
    if code:
        raise EngineError(
            f"the district {district} could not be provisioned", "mend what is told above, and run the command again"
        )


def _each_namespace(case: Case, act: Callable[..., list[str]]) -> None:
    with platform.asked(case.settings) as api:
        for namespace in case.namespaces():
            for line in act(api, namespace):
                say(line)


def _tell_next(case: Case) -> None:
    say(f"{case.leaver.name} is {case.stage}; next: {next_step(case.leaver, case.today)}")
