"""Python text: bytes, syntax trees, names; knows nothing of guards."""
