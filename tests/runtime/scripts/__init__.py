"""Programs for processes of their own: `python -m tests.runtime.scripts.threads`."""
