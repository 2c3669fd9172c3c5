"""Programs for processes of their own: `python -m tests.loading.scripts.study`."""
