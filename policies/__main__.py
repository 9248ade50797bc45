"""Serve the rules to the engine: `pulumi preview --policy-pack policies`. Only this module starts the pack's server."""

import sys
from pathlib import Path

# The engine runs this file by its path; the packages of the project stand one folder above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import EnforcementLevel, PolicyPack

from policies.load import load
from policies.plan import PACK, policy
from policies.run import Run, listen


def main() -> None:
    """Start the pack, or end with all that is wrong with the rules."""
    loaded = load()
    for problem in loaded.problems:
        sys.stderr.write(f"policies/{problem}\n")
    if loaded.problems:
        sys.exit(1)
    run = Run()
    listen(run)
    PolicyPack(name=PACK, policies=[policy(loaded.rules, run)], enforcement_level=EnforcementLevel.MANDATORY)


if __name__ == "__main__":
    main()
