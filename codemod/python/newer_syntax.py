"""Hides syntax that the running Python does not know yet from `ast`.

LibCST's parser does not depend on the running Python. It finds the newer
constructs; each is overwritten with an older one of the same length, so that every
other statement keeps its line and column and one analysis serves all scripts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codemod.python import isolated

if TYPE_CHECKING:
    import libcst as cst
    from libcst.metadata import CodeRange

__all__ = ["mask"]

# What a script with newer syntax holds, and many others: without any of it, or with a
# `print` statement, LibCST need not be asked.
_SIGN = re.compile(
    r"\btype\s|\b(?:def|class)\s+\w+\s*\[|\bexcept\s*\*|\bexcept\s[^:\n(]{0,99},"
    r"|(?i:\b(?:[ft]r?|r[ft])[\"'])|\blazy\s|[\[:,({]\s*\*"
)


def mask(text: str) -> str | None:
    """Overwrite syntax newer than Python 3.10 with older syntax.

    Type parameters (PEP 695, 696), ``type`` statements, f-strings (PEP 701),
    t-strings (PEP 750), ``except*`` (PEP 654), unparenthesised ``except A, B`` (PEP
    758), starred subscripts (PEP 646), unpacking in comprehensions (PEP 798) and lazy
    imports (PEP 810) are masked.

    Args:
        text: A script that `ast` refuses.

    Returns:
        The masked script, or ``None`` if LibCST refuses it as well.
    """
    if not _SIGN.search(text):
        return None
    try:
        # Nothing vouches for a script that `ast` refuses: not for its nesting either.
        masked = isolated.call("python.newer_syntax", "_mask", text)
    except isolated.LostError:
        return None
    assert masked is None or isinstance(masked, str)
    return masked


def _mask(text: str) -> str | None:
    """Do the work of :func:`mask`, in a process of its own."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    # LibCST's own line splitting must agree with that of `ast`.
    lines = text.encode("utf-8").splitlines(keepends=True)
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError):
        return None
    except Exception as error:  # LibCST's native parser panics on some input
        if type(error).__name__ != "PanicException":
            raise
        return None
    gaps = [(positions[node], filler) for node, filler in _newer(wrapper.module)]
    # From the end, so that a gap does not move the columns of those before it.
    gaps.sort(key=lambda gap: (gap[0].start.line, gap[0].start.column), reverse=True)
    for span, filler in gaps:
        _overwrite(lines, span, filler)
    return b"".join(lines).decode("utf-8")


def _newer(module: cst.Module) -> list[tuple[cst.CSTNode, bytes]]:
    """The nodes to overwrite, each with the text to start the gap with."""
    import libcst as cst

    found: list[tuple[cst.CSTNode, bytes]] = []
    stack: list[cst.CSTNode] = [module]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.TypeParameters):
            found.append((node, b""))
        elif isinstance(node, cst.TypeAlias):
            found.append((node, b"pass"))
        elif isinstance(node, cst.FormattedString | cst.TemplatedString):
            found.append((node, b'f""'))
        elif isinstance(node, cst.Index) and node.star:
            found.append((node, b"_"))
        elif isinstance(node, cst.Annotation) and isinstance(
            node.annotation, cst.StarredElement
        ):
            found.append((node.annotation, b"_"))
        else:
            handlers = (cst.ExceptHandler, cst.ExceptStarHandler)
            if isinstance(node, handlers) and _bare_tuple(node.type):
                assert node.type is not None
                found.append((node.type, b"_"))
            if isinstance(node, cst.ExceptStarHandler | cst.StarredDictComp):
                found.append((node, _STAR))
            elif isinstance(node, cst.BaseSimpleComp):
                if isinstance(node.elt, cst.StarredElement):
                    found.append((node.elt, _STAR))
            elif isinstance(node, cst.LazyImport | cst.LazyImportFrom):
                found.append((node, _LAZY))
            stack += node.children
    return found


_STAR = b"*"  # except* or unpacking: only the first star, or two of them, go
_LAZY = b"lazy"  # an import of PEP 810: the keyword goes to the end, as spaces


def _bare_tuple(node: cst.CSTNode | None) -> bool:
    import libcst as cst

    return isinstance(node, cst.Tuple) and not node.lpar


def _overwrite(lines: list[bytes], span: CodeRange, filler: bytes) -> None:
    """Blank a piece of code, line by line; its line breaks become continuations."""
    first, last = span.start.line - 1, span.end.line - 1
    if filler == _STAR:
        _blank_star(lines, span)
        return
    if filler == _LAZY:
        content = lines[first].rstrip(b"\r\n")
        indent, _, rest = content.partition(_LAZY)
        shifted = (indent + rest.lstrip(b" ")).ljust(len(content))
        lines[first] = shifted + lines[first][len(content) :]
        return
    for number in range(first, last + 1):
        text = lines[number].decode("utf-8")
        content = lines[number].rstrip(b"\r\n")
        left = len(text[: span.start.column].encode()) if number == first else 0
        right = len(content)
        tail = b"\\"
        if number == last:
            right = len(text[: span.end.column].encode())
            tail = b""
        blank = (filler if number == first else b"").ljust(right - left - len(tail))
        lines[number] = lines[number][:left] + blank + tail + lines[number][right:]


def _blank_star(lines: list[bytes], span: CodeRange) -> None:
    first = span.start.line - 1
    left = len(lines[first].decode("utf-8")[: span.start.column].encode())
    for number in range(first, span.end.line):
        start = left if number == first else 0
        head, tail = lines[number][:start], lines[number][start:]
        if star := re.search(rb"\*\*?", tail):
            blank = b" " * len(star[0])
            lines[number] = head + tail[: star.start()] + blank + tail[star.end() :]
            return
