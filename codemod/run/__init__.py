"""One file; many files."""
