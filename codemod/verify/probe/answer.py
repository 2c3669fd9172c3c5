"""A request from a file, and its answer to another."""

from __future__ import annotations

import json
import os
import sys

from .load import load
from .look import look
from .race import alone, race

__all__ = ["main"]

_ACTIONS = {"look": look, "race": race, "alone": alone, "load": load}


def main(argv: list[str]) -> None:
    """Answer the request in ``argv[1]`` in the file ``argv[2]``; ends the process."""
    with open(argv[1], encoding="utf-8") as file:
        request = json.load(file)
    answer = _ACTIONS[request["do"]](request)
    with open(argv[2], "w", encoding="utf-8") as file:
        json.dump(answer, file)
    sys.stdout.flush()
    # Threads, hooks and atexit handlers of the target can no longer do harm.
    os._exit(0)
