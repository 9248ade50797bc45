"""`cityfabric onboard`: a new tenant, department or district, said in words first, then written into the data."""

from typing import Annotated, Final

import typer

from cityfabric.console import out, say
from cityfabric.errors import DataError, Exit
from cityfabric.onboard import entries
from cityfabric.onboard.edit import document, with_entry
from cityfabric.onboard.plan import Plan
from cityfabric.onboard.prove import prove
from cityfabric.onboard.words import quota_words, tenant_words
from cityfabric.options import City
from cityfabric.settings import Settings, read_settings
from cityfabric.up import up as bring_up
from infra.model import kinds, labels
from infra.model.city import City as WholeCity
from infra.model.load import load_city

onboard: Final = typer.Typer(no_args_is_help=True, help="Write a new tenant, department or district into the city's data.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would come, and write nothing.")]
Up = Annotated[bool, typer.Option("--up", help="Provision it, and run a job in it as its own deployer.")]
Zh = Annotated[str, typer.Option("--zh", help="What people call it, in Chinese.")]
En = Annotated[str, typer.Option("--en", help="What people call it, in English.")]
Email = Annotated[str, typer.Option("--email", help="Duty mailbox.")]


@onboard.command()
def tenant(  # noqa: PLR0913 - the options of a command
    district: Annotated[str, typer.Argument(help="The district that gets it.")],
    name: Annotated[str, typer.Argument(help="Its name within the district.")],
    *,
    owner: Annotated[str, typer.Option(help="The department that leads the application.")],
    email: Email,
    cost_code: Annotated[str, typer.Option(help="Budget code, like HZ-XH-EDU.")],
    developer: Annotated[list[str], typer.Option(help="Who develops: group:NAME or user:NAME; may be repeated.")],
    template: Annotated[str, typer.Option(help="The template in templates/ that it is made from.")] = "application",
    consume: Annotated[list[str] | None, typer.Option(help="A further shared service; may be repeated.")] = None,
    zh: Zh = "",
    en: En = "",
    city: City = None,
    dry_run: DryRun = False,
    up: Up = False,
) -> None:
    """Write a new tenant into a district's file."""
    settings, whole = _city(city)
    order = entries.TenantOrder(district, name, template, owner, cost_code, email, tuple(developer), zh, en, tuple(consume or ()))
    entry = entries.tenant(whole, order)
    file = kinds.DISTRICT.file(district)
    text = (settings.city_folder / file).read_text("utf-8")
    plan = Plan(settings.city_folder, {file: with_entry(text, "tenants", name, entry, f"stacks/{settings.city}/{file}")})
    after = plan.check()
    _tell(*tenant_words(after, district, name))
    _carry_out(plan, dry_run=dry_run)
    if up and not dry_run:
        _provision(settings, after, district, [name])


@onboard.command()
def department(  # noqa: PLR0913 - the options of a command
    name: Annotated[str, typer.Argument(help="Its name: a slug in English.")],
    *,
    zh: Zh,
    en: En,
    email: Email,
    build: Annotated[str, typer.Option(help="unified: built citywide; adapted: a mature system of its own.")] = "unified",
    city: City = None,
    dry_run: DryRun = False,
) -> None:
    """Write a new department's file."""
    settings, whole = _city(city)
    entries.unused(list(whole.departments), name, "department")
    content = {"name": name, "title": {"zh": zh, "en": en}, "build": build, "contact": {"email": email}}
    plan = Plan(settings.city_folder, {kinds.DEPARTMENT.file(name): document(kinds.DEPARTMENT.schema, content)})
    plan.check()
    _tell(f"department {name} {zh} / {en}, {build}: it may own tenants and use shared services, and gets no servers")
    _carry_out(plan, dry_run=dry_run)


@onboard.command()
def district(  # noqa: PLR0913 - the options of a command
    name: Annotated[str, typer.Argument(help="Its name: a slug in English.")],
    *,
    zh: Zh,
    en: En,
    email: Email,
    administrator: Annotated[list[str], typer.Option(help="Who administers its tenants: group:NAME or user:NAME.")],
    allotment: Annotated[str, typer.Option(help="What it is given: cpu_millicores=N,memory_gib=N,storage_gib=N,pods=N.")],
    level: Annotated[str, typer.Option(help="district or county.")] = "district",
    city: City = None,
    dry_run: DryRun = False,
    up: Up = False,
) -> None:
    """Write a new district's file, and its allotment into city.yaml."""
    settings, whole = _city(city)
    entries.unused(list(whole.districts), name, "district")
    given = entries.amount(allotment)
    content = {
        "name": name,
        "title": {"zh": zh, "en": en},
        "level": level,
        "contact": {"email": email},
        "administrators": administrator,
        "tenants": {},
    }
    top = kinds.CITY.file("city")
    text = (settings.city_folder / top).read_text("utf-8")
    allotted = with_entry(text, "allotments", name, given.model_dump(), f"stacks/{settings.city}/{top}")
    plan = Plan(settings.city_folder, {top: allotted, kinds.DISTRICT.file(name): document(kinds.DISTRICT.schema, content)})
    after = plan.check()
    _tell(f"district {name} {zh} / {en}, {level}: no tenants yet; add them with: cityfabric onboard tenant {name} NAME")
    _tell(*quota_words(after, name))
    _carry_out(plan, dry_run=dry_run)
    if up and not dry_run:
        _provision(settings, after, name, [])


def _city(name: str | None) -> tuple[Settings, WholeCity]:
    """Return the city as it is, which has to be faultless: nothing is built on faulty data."""
    settings = read_settings(name)
    loaded = load_city(settings.city_folder)
    if loaded.city is None or loaded.problems:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    return settings, loaded.city


def _tell(*lines: str) -> None:
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _carry_out(plan: Plan, *, dry_run: bool) -> None:
    files = ", ".join(f"stacks/{plan.folder.name}/{file}" for file in plan.texts)
    if dry_run:
        say(f"dry run: nothing was written; it would go into {files}")
        return
    plan.write()
    say(f"written: {files}")


def _provision(settings: Settings, after: WholeCity, name: str, tenants: list[str]) -> None:
    code, _ = bring_up(settings, [name])
    if code:
        raise typer.Exit(code)
    for one in tenants:
        for environment in after.districts[name].tenants[one].environments:
            namespace = labels.namespace_name(name, one, environment)
            prove(settings, after.city.registry, namespace)
            say(f"{namespace}: its deployer ran a job")
    raise typer.Exit(Exit.GOOD)
