from .objective import loss
