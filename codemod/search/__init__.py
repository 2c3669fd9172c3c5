"""Paths to files: which scripts a run looks at, and reading them."""
