"""Lets LibCST's tool find the codemod by its full name in a clone of this repository.

The tool puts the names of the configured modules (.libcst.codemod.yaml) in front of a
command's, so ``codemod.commands`` has to be found in a module of the configuration.
"""
