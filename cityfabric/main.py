"""The console script: what Pulumi itself does not do. Exit codes: 0 good, 1 findings, 2 wrong input."""

import shlex
import sys
from typing import Annotated, Final

import typer

from cityfabric import configs, engine, overview, platform
from cityfabric.access import access
from cityfabric.console import err, out, print_data, say, show_error
from cityfabric.drift.command import drift
from cityfabric.errors import EngineError, Exit, UserError
from cityfabric.fleet import fleet
from cityfabric.offboard.command import offboard
from cityfabric.onboard.command import onboard
from cityfabric.options import AsJson, City
from cityfabric.quotas.decide import decide
from cityfabric.quotas.show import quota
from cityfabric.rooms import rooms
from cityfabric.schemas import schemas
from cityfabric.settings import Settings, read_settings
from cityfabric.up import up as bring_up
from cityfabric.waivers import waivers
from sandbox.cluster.lifecycle import Status
from sandbox.errors import SandboxError

_INTERRUPTED: Final = 130  # what typer makes of Ctrl-C, as shells do
_WIDE: Final = 200  # characters in a line where there is no terminal to break it

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

app.command()(access)
app.command()(drift)
app.command()(fleet)
app.add_typer(onboard, name="onboard")
app.add_typer(offboard, name="offboard")
app.command()(quota)
app.command()(decide)
app.command()(rooms)
app.command()(waivers)
app.command()(schemas)


@app.command()
def up(
    district: Annotated[list[str] | None, typer.Argument(help="Districts to provision; none: the whole city.")] = None,
    city: City = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Build the city: check its data, bring the cluster up, provision the city and its districts side by side."""
    settings = read_settings(city)
    code, outcomes = bring_up(settings, district or ())
    if as_json:
        print_data([{"stack": one.stack, "changes": one.changes, "errors": list(one.errors)} for one in outcomes])
    elif not code:
        say("done; see the city with: cityfabric status")
    raise typer.Exit(code)


@app.command()
def status(
    district: Annotated[list[str] | None, typer.Argument(help="Districts to show tenant by tenant.")] = None,
    city: City = None,
    every: Annotated[bool, typer.Option("--all", help="Show every tenant, however many.")] = False,  # noqa: FBT002 - as below
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Show the city as it stands on the cluster: districts and tenants with zone, state, and what is used of the quota."""
    settings = read_settings(city)
    sandbox = _sandbox_status(settings, as_json=as_json)
    with platform.asked(settings) as api:
        found = overview.rows(api, settings.city)
    if district:
        found = _chosen(found, district)
    if as_json:
        print_data({"sandbox": sandbox.programs if sandbox else None, "tenants": [row.as_json() for row in found]})
    elif found:
        width = out.width if out.is_terminal else None
        drawn = overview.table(found, settings.city, tenants=every or bool(district), width=width)
        out.print(drawn, width=width or _WIDE, crop=False)
    else:
        say(f"the cluster has nothing of {settings.city}; build it: cityfabric up")
    raise typer.Exit(Exit.GOOD if found else Exit.FINDINGS)


def _sandbox_status(settings: Settings, *, as_json: bool) -> Status | None:
    """Return how the sandbox is, if it is the sandbox, and end the command if it is not up."""
    if not settings.sandbox:
        return None
    platform.require_sandbox(settings)
    found = platform.sandbox_status(settings, platform.tools(settings))
    if not found.ready:
        if as_json:
            print_data({"sandbox": found.programs, "tenants": []})
        raise platform.not_up(settings, found)
    return found


def _chosen(found: list[overview.Row], districts: list[str]) -> list[overview.Row]:
    known = {row.district for row in found}
    if unknown := sorted(set(districts) - known):
        mend = f"choose among: {', '.join(sorted(known)) or 'none yet'}; or build it: cityfabric up {' '.join(unknown)}"
        raise UserError(f"the cluster has nothing of the district {', '.join(unknown)}", mend)
    return [row for row in found if row.district in districts]


@app.command()
def env(city: City = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads the default
    """Print what a shell needs for plain pulumi and kubectl: eval "$(cityfabric env)"."""
    settings = read_settings(city)
    if settings.sandbox:
        platform.require_sandbox(settings)
    found = engine.variables(settings, platform.tools(settings))
    if as_json:
        print_data(found | dict.fromkeys(engine.unset(settings)))
    else:
        for name in engine.unset(settings):
            sys.stdout.write(f"unset {name}\n")
        for name, value in found.items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")


@app.command()
def down(city: City = None) -> None:
    """Stop the sandbox; what it holds stays, and `up` brings it back."""
    settings = _sandboxed(city, "down")
    platform.bring_down(settings, remove=False)
    say(f"the sandbox {settings.instance} is down; its state stays in {settings.state}")


@app.command()
def reset(city: City = None) -> None:
    """Stop the sandbox and remove all that it ever made; the cache of tools stays."""
    settings = _sandboxed(city, "reset")
    platform.bring_down(settings, remove=True)
    configs.remove_configs(settings)
    say(f"the sandbox {settings.instance} is gone")


def _sandboxed(city: str | None, command: str) -> Settings:
    settings = read_settings(city)
    if not settings.sandbox:
        message = f"KUBECONFIG names a cluster that is not the sandbox, and `{command}` is for the sandbox alone"
        raise UserError(message, f"unset KUBECONFIG, then run: cityfabric {command}")
    return settings


def run() -> None:
    """Run the console script; a user's mistake is told in words, not by a traceback."""
    try:
        app()
    except UserError as error:
        show_error(error)
        sys.exit(error.code)
    except SandboxError as error:
        show_error(EngineError(str(error), error.mend))
        sys.exit(Exit.FINDINGS)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            err.print("interrupted; run the command again to go on")
        raise
