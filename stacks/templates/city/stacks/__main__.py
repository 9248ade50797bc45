"""The one program of all stacks: what it does stands in `infra.stacks`, and on what in this folder."""

from infra.stacks.run import run

run()
