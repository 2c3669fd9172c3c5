"""The documents, and what makes their picture."""
