"""Tests of codemod/python."""
