"""Tests of eager-codemod; see CONTRIBUTING.md."""
