"""Reads what an interpreter answers, and takes it only in the form that was asked for.

The interpreter under test is whatever the user names, or finds on ``PATH``. The file
with its answer may be a FIFO that nobody writes to, a link to a device without end, or
text that the probe never wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from codemod.search.reading import read_regular

__all__ = ["MOST_BYTES", "Request", "read"]

Request = dict[str, Any]
"""What the probe is asked, and what it answers; see probe/."""

MOST_BYTES = 16 * 2**20
"""The most that an answer may have: thousands of failures fit in."""

_Form = Callable[[Any], bool]


def read(path: str, action: str) -> Request | None:
    """Read an answer.

    Args:
        path: The file.
        action: What was asked for: the request's ``do``.

    Returns:
        The answer's known fields; ``None`` when there is no such answer.
    """
    try:
        data = read_regular(path, MOST_BYTES + 1)
        if data is None or len(data) > MOST_BYTES:
            return None
        answer = json.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    fields = _ANSWERS[action]
    if not _with_fields(fields)(answer):
        return None
    return {name: answer[name] for name in fields}


def _one_of(*kinds: type) -> _Form:
    # Exactly, since True is an int too.
    return lambda value: type(value) in kinds


def _list_of(form: _Form) -> _Form:
    return lambda value: type(value) is list and all(map(form, value))


def _dict_of(form: _Form) -> _Form:
    return lambda value: type(value) is dict and all(map(form, value.values()))


def _with_fields(fields: dict[str, _Form]) -> _Form:
    return lambda value: (
        type(value) is dict
        and all(name in value and form(value[name]) for name, form in fields.items())
    )


def _or_none(form: _Form) -> _Form:
    return lambda value: value is None or form(value)


def _is_number(value: Any) -> bool:
    """Whether it can be added up and printed: not NaN, not of thousands of digits."""
    return type(value) in (int, float) and 0 <= value < 1e12


def _is_count(value: Any) -> bool:
    return type(value) is int and _is_number(value)


_FLAG = _one_of(bool)
_TEXT = _one_of(str)
_MAYBE_TEXT = _or_none(_TEXT)
_NAMES = _dict_of(_list_of(_TEXT))
_ERROR_FIELDS = {"type": _TEXT, "message": _TEXT, "package": _MAYBE_TEXT}
_ERROR = _with_fields(_ERROR_FIELDS)
_FAILURE = _with_fields({**_ERROR_FIELDS, "name": _TEXT, "alone": _or_none(_ERROR)})

# The fields of the answer to each request, as the modules of probe/ describe them.
_ANSWERS: dict[str, dict[str, _Form]] = {
    "look": {
        "executable": _MAYBE_TEXT,
        "python": _TEXT,
        "implementation": _TEXT,
        "affected": _or_none(_FLAG),
        "transformers": _MAYBE_TEXT,
        "torch": _MAYBE_TEXT,
        "checkpoints": _NAMES,
    },
    "race": {
        "broken": _or_none(_ERROR),
        "guarded": _FLAG,
        "guard_seconds": _is_number,
        "guard_error": _or_none(_ERROR),
        "imports": _is_count,
        "failures": _list_of(_FAILURE),
        "missing": _dict_of(_ERROR),
        "cures": _NAMES,
        "torch": _FLAG,
    },
    "alone": {"errors": _dict_of(_ERROR)},
    "load": {"checks": _dict_of(_MAYBE_TEXT), "installed": _FLAG},
}
