"""Tests of codemod/report."""
