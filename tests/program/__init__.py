"""Tests of codemod.program."""
