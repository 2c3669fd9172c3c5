"""Tests of codemod/edits."""
