"""The command line: `jointbuy VERB SCENARIO [options]`."""

from optimizer.cli.command import main

__all__ = ["main"]
