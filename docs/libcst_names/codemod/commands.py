"""The commands of the real `codemod.commands`."""

from codemod.commands import EagerLoadCommand

__all__ = ["EagerLoadCommand"]
