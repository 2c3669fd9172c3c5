from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import optuna
    from transformers import (
        AutoModel,
)

import json
