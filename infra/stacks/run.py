"""What `stacks/__main__.py` of a project calls."""

import gc


def run() -> None:
    """Run the program of all stacks; a run lives for seconds, so nobody looks for garbage in it."""
    # Among all that the SDK brings along, looking took a sixth of the time from start to exit.
    gc.disable()
    from infra.stacks.program import main  # noqa: PLC0415 - it is the import that is to be fast

    main()
    gc.freeze()
