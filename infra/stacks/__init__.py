"""The program of all stacks: load, select and loop. `stacks/__main__.py` of a project runs it."""
