"""The package, as LibCST's tool looks for it."""
