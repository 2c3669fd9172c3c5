"""Call the function where a library cannot be imported; print what it warned of."""

from __future__ import annotations

import json
import os
import runpy
import sys
import warnings

sys.modules[sys.argv[2]] = None  # type: ignore[assignment]  # its import now fails
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    runpy.run_path(os.path.join(sys.argv[1], "cure.py"))
print(json.dumps([str(warning.message) for warning in caught]))
