"""A script's bytes as lines and syntax tree; knows encodings, not edits.

Everything after this module works on UTF-8 bytes without BOM, because the columns
of `ast` are UTF-8 byte offsets; ``Source.encode`` brings the result back into the
file's own encoding.
"""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from codemod.python.tree import statements

__all__ = ["MAX_BYTES", "Source", "SourceError", "Splice", "parse", "splice"]

MAX_BYTES = 1 << 20
"""The largest script that is parsed, in bytes. LibCST needs seconds and much
memory for pathological files above it (see CONTRIBUTING.md)."""

_BOM = b"\xef\xbb\xbf"
_FOR_HOST_NAMES = ("idna", "punycode")  # these take minutes for 1 MiB
# Python joins the parts of an imported name one by one: 500,000 of them take 24 GB.
_LONGEST_NAME = 1_000
_JOINED = r"\\\r?\n"
_NO_NAME = r"[^\w. \t\f]+"


class SourceError(Exception):
    """A script that cannot be read as Python.

    Attributes:
        message: What is wrong, in one line.
        line: 1-based line, or ``None`` when the file as a whole is meant.
        column: 1-based column, in characters.
    """

    def __init__(
        self, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process."""
        return type(self), (self.message, self.line, self.column)


class Splice(NamedTuple):
    """A replacement of ``text[start:end]``, in UTF-8 byte offsets."""

    start: int
    end: int
    text: bytes


@dataclass
class Source:
    """A parsed script.

    Attributes:
        text: The script as UTF-8 without BOM.
        tree: Its syntax tree; where the running Python is too old for the
            script's syntax, with that syntax masked (see newer_syntax.py).
        encoding: The encoding of the file.
        bom: The byte order mark that the file starts with, or nothing.
        masked: Whether newer syntax was masked.
    """

    text: bytes
    tree: ast.Module
    encoding: str
    bom: bytes
    masked: bool

    @cached_property
    def lines(self) -> list[bytes]:
        r"""The lines with their endings: ``\n``, ``\r\n`` or ``\r``, as in `ast`."""
        return self.text.splitlines(keepends=True)

    @cached_property
    def starts(self) -> list[int]:
        """The byte offset of each line, and the end of the text."""
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line))
        return starts

    def offset(self, line: int, column: int) -> int:
        """The byte offset of a 1-based line and a 0-based `ast` column."""
        return self.starts[line - 1] + column

    def start(self, node: ast.stmt) -> int:
        """The byte offset where a statement starts, decorators left out."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt) -> int:
        """The byte offset just after a statement."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.end_lineno, node.end_col_offset)

    def top(self, line: int) -> int:
        """The first of the 1-based lines that nothing but backslashes joins to one."""
        while line > 1 and self.lines[line - 2].strip() == b"\\":
            line -= 1
        return line

    def end_line(self, node: ast.stmt) -> int:
        """The 1-based line that a statement ends on, with what backslashes join to it.

        Behind the statement that may be blanks, a semicolon or a comment.
        """
        assert node.end_lineno is not None
        line, start = node.end_lineno, self.end(node)
        while line < len(self.lines):
            rest = self.text[start : self.starts[line]]
            if b"#" in rest or not rest.rstrip(b"\r\n").endswith(b"\\"):
                break
            start = self.starts[line]
            line += 1
        return line

    def is_blank(self, line: int) -> bool:
        """Whether there is a 1-based line, and it is blank and no rest of another."""
        if not 1 <= line <= len(self.lines) or self.lines[line - 1].strip():
            return False
        return not self.is_rest(line)

    def is_rest(self, line: int) -> bool:
        """Whether a backslash joins a 1-based line to the one above."""
        above = self.lines[line - 2].rstrip(b"\r\n") if line > 1 else b""
        return above.endswith(b"\\") and b"#" not in above

    def newline(self, line: int) -> bytes:
        r"""The line ending for what is inserted around a 1-based line.

        It is the nearest one above. Where lone ``\r`` are mixed with others, it is
        ``\r\n``: a ``\r`` or ``\n`` could be taken for one ending with a neighbour.
        """
        near = self.lines[max(line - 2, 0) : line + 1]
        endings = {_ending(content) for content in near} - {b""}
        if b"\r" in endings and len(endings) > 1:
            return b"\r\n"
        for index in range(min(line, len(self.lines)) - 1, -1, -1):
            if ending := _ending(self.lines[index]):
                return ending
        return _ending(self.lines[0] if self.lines else b"") or b"\n"

    @cached_property
    def indent_unit(self) -> str:
        """The white space of one indentation level; four spaces where there is none."""
        for stmt in statements(self.tree.body):
            body = getattr(stmt, "body", None)
            if isinstance(body, list) and body and body[0].lineno > stmt.lineno:
                outer, inner = self.indent_of(stmt), self.indent_of(body[0])
                if inner.startswith(outer) and len(inner) > len(outer):
                    return inner[len(outer) :].decode()
        return "    "

    def indent_of(self, node: ast.stmt) -> bytes:
        """The white space that a statement's line is indented by.

        A form feed starts the count anew, so what stands in front of one is left out.
        """
        line = self.lines[node.lineno - 1]
        space = line[: len(line) - len(line.lstrip(b" \t\f"))]
        return space.rpartition(b"\f")[2]

    def encode(self, text: bytes) -> bytes:
        """UTF-8 text in the encoding of the file, with the file's BOM.

        Raises:
            SourceError: The encoding has no bytes for it.
        """
        if self.encoding != "utf-8":
            try:
                text = text.decode("utf-8").encode(self.encoding)
            except UnicodeEncodeError as error:
                letters = error.object[error.start : error.end]
                raise SourceError(
                    f"left alone: {self.encoding} cannot encode {letters!r}"
                ) from None
        return self.bom + text


def parse(data: bytes) -> Source:
    """Decode and parse a script.

    Args:
        data: The bytes of the file.

    Returns:
        The parsed script.

    Raises:
        SourceError: It is too large, undecodable, or no Python 3.
    """
    if len(data) > MAX_BYTES:
        raise SourceError(
            f"larger than 1 MiB ({len(data):,} bytes); "
            "too large for a script, left alone"
        )
    if (nul := data.find(b"\0")) >= 0:
        line, column = _position(data, nul)
        raise SourceError("NUL byte: this is no Python source", line, column)
    encoding = _encoding(data)
    bom = _BOM if data.startswith(_BOM) else b""
    text = _decode(data[len(bom) :], encoding)
    tree, masked = _tree(text)
    return Source(text.encode("utf-8"), tree, encoding, bom, masked)


def splice(text: bytes, splices: list[Splice]) -> bytes:
    """Apply replacements; at one place, an insertion comes first."""
    pieces = []
    position = 0
    for change in sorted(splices, key=lambda change: (change.start, change.end)):
        pieces += [text[position : change.start], change.text]
        position = change.end
    return b"".join([*pieces, text[position:]])


def _ending(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]


def _encoding(data: bytes) -> str:
    """The encoding that a BOM or coding cookie (PEP 263) declares."""
    head = data.split(b"\n", 2)[:2]
    if not data.startswith(_BOM) and not any(b"coding" in line for line in head):
        return "utf-8"
    import tokenize  # only now: its regular expressions cost milliseconds

    lines = iter(data.splitlines(keepends=True))
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
    except SyntaxError as error:
        message = str(error)
        if message.startswith("encoding problem"):  # tokenize's words for this alone
            message = (
                "the byte order mark (BOM) contradicts the coding cookie; "
                "remove one of them"
            )
        raise SourceError(message, 1, 1) from None
    if (name := codecs.lookup(encoding).name) in _FOR_HOST_NAMES:
        message = f"{name} is no encoding for a script; save it as UTF-8"
        raise SourceError(message, 1, 1)
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = _position(data, error.start)
        byte = data[error.start]
        raise SourceError(
            f"byte 0x{byte:02x} is not {encoding}; add a coding cookie or convert it",
            line,
            column,
        ) from None
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"cannot be decoded as {encoding}: {error}", 1, 1) from None
    if encoding != "utf-8" and text.encode(encoding, "replace") != data:
        raise SourceError(f"{encoding} does not give these bytes back", 1, 1)
    return text


def _position(data: bytes, offset: int) -> tuple[int, int]:
    """The 1-based line and column of a byte offset."""
    lines = data[: offset + 1].splitlines()
    return len(lines), len(lines[-1])


def _tree(text: str) -> tuple[ast.Module, bool]:
    """The syntax tree, and whether newer syntax was masked for it."""
    _refuse_open_end(text)
    if text.count(".") > _LONGEST_NAME and _imports_a_long_name(text):
        raise SourceError("a dotted name is too long to be parsed", 1, 1)
    try:
        return _quietly(text), False
    except SyntaxError as error:
        problem = _one_line(error)
        if problem.message.startswith("Missing parentheses in call to"):
            raise problem from None  # Python 2
        if isinstance(error, IndentationError):
            raise problem from None  # no syntax is new in that; LibCST is less strict
    except (RecursionError, MemoryError):
        raise SourceError("nested too deeply to be parsed", 1, 1) from None
    except ValueError as error:
        raise SourceError(str(error), 1, 1) from None
    # Perhaps the script is newer than this Python. LibCST is not imported for
    # anything else that fails here.
    from codemod.python import newer_syntax

    masked = newer_syntax.mask(text)
    if masked is None:
        raise problem
    try:
        return _quietly(masked), True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise problem from None


def _imports_a_long_name(text: str) -> bool:
    """Whether a line may import a name of more parts than anybody has modules."""
    if "\\" in text:
        text = re.sub(_JOINED, " ", text)
    return any(
        part.count(".") > _LONGEST_NAME and ("import" in part or "from" in part)
        for part in re.split(_NO_NAME, text)
    )


def _refuse_open_end(text: str) -> None:
    """Refuse a backslash before the last line's end: there is nothing to go on with.

    Python before 3.12 refuses it only where the line ends in a line feed alone.
    """
    if text.endswith(("\\\r", "\\\r\n")):
        lines = text.encode().splitlines()
        if b"#" not in lines[-1]:  # else it belongs to a comment
            raise SourceError(
                "unexpected EOF while parsing", len(lines), len(lines[-1])
            )


def _quietly(text: str) -> ast.Module:
    """Parse without the warnings that the script's literals may cause."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _one_line(error: SyntaxError) -> SourceError:
    message = " ".join((error.msg or "invalid syntax").split())
    return SourceError(message, error.lineno or 1, max(error.offset or 1, 1))
