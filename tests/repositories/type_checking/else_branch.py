import typing as t

if t.TYPE_CHECKING:
    import ax
else:
    import optuna
