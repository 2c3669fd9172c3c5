"""Source bytes -> what the module imports: fast, tolerant, and never an error.

The scanner looks for import statements in the text instead of building a syntax
tree. It reads a megabyte in some 10 ms where ``ast`` takes 200-400, so following the
imports of a whole repository stays cheap; and it reads what ``ast`` refuses: Python 2,
templates, notebooks' magics, syntax newer than the running Python. That both find the
same imports in real packages is a test (``tests/test_imports.py``), with ``ast`` as
the judge.
"""

from __future__ import annotations

import re
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

__all__ = ["NOTHING", "Scan", "Sign", "Text", "Watch", "scan"]


class Scan(NamedTuple):
    """What one module imports, and the other traces that a search needs.

    Attributes:
        imports: Dotted names in the order of the text, each once. A relative import
            keeps its dots (``"..models.bert"``). ``from a import b`` gives ``"a.b"``:
            whether ``b`` is a module is for the resolution to find out.
        evidence: The watched names that the module imports or uses (``"optuna"``,
            ``"ray.tune"``, ``"wandb.agent"``).
        search_path: What the module adds to ``sys.path`` from its ``__file__``,
            relative to the module's folder.
    """

    imports: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ()


class Sign(NamedTuple):
    """Something that counts as evidence without being an import.

    Attributes:
        name: How the evidence is called, such as ``"Trainer.hyperparameter_search"``.
        needle: Bytes that every match contains; they reject nearly all files.
        pattern: A regular expression for bytes; the match must start in code.
        needs: A module that the file must import as well, or ``""``.
    """

    name: str
    needle: bytes
    pattern: bytes
    needs: str = ""


class Watch(NamedTuple):
    """What a scan reports as evidence.

    Attributes:
        names: Dotted names. ``"ray.tune"`` is seen in ``import ray.tune``, ``from ray
            import tune``, ``from ray.tune.schedulers import X``, and in ``import ray``
            followed by a use of ``ray.tune``.
        signs: Evidence that is no import.
        innocent: Parts of the above that are no evidence (``"ray.tune.registry"``).
        passed_over: Functions that are read as if they were empty.
    """

    names: frozenset[str] = frozenset()
    signs: tuple[Sign, ...] = ()
    innocent: frozenset[str] = frozenset()
    passed_over: tuple[str, ...] = ()


NOTHING = Watch()

# White space between the words of a statement; a backslash continues the line.
_GAP = rb"(?:[ \t\f]|\\\n)*"
# Identifiers may hold letters beyond ASCII, which are bytes from 0x80 in UTF-8.
_WORD = rb"[\w\x80-\xff]+"
_DOTTED = _WORD + rb"(?:" + _GAP + rb"\." + _GAP + _WORD + rb")*"
_LIST = rb"[^\\\n;#()]*(?:\\\n[^\\\n;#()]*)*"
# Comments inside the parentheses may hold parentheses of their own.
_PARENTHESES = rb"\([^()#]*(?:#[^\n]*\n[^()#]*)*\)"

# What stands before the word "import" from the start of its line on. A statement
# starts the line, or follows a colon or semicolon ("try: import x"). "lazy" is the soft
# keyword of PEP 810.
_BEFORE = re.compile(
    rb"([^\n]*[:;])?"
    + _GAP
    + rb"(?:lazy(?![\w\x80-\xff])"
    + _GAP
    + rb")?(from(?![\w\x80-\xff])"
    + _GAP
    + rb"((?:\."
    + _GAP
    + rb")*)((?:"
    + _DOTTED
    + rb")?)"
    + _GAP
    + rb")?"
)
# Bytes from the start of a line to its "import": data on one long line is not searched
# again and again.
_LONGEST_START = 1000
_AFTER = re.compile(_GAP + rb"(" + _LIST + rb")")
_AFTER_FROM = re.compile(_GAP + rb"(" + _PARENTHESES + rb"|" + _LIST + rb")")
_WORD_BYTE = re.compile(rb"[\w\x80-\xff]")
_DYNAMIC = re.compile(
    rb"(?<![\w\x80-\xff])(?:import_module|__import__)\s*\(\s*(?:name\s*=\s*)?"
    rb"[rRuU]?([\"'])(\.*(?:" + _WORD + rb"(?:\." + _WORD + rb")*))\1\s*"
    rb"(?:\)|,\s*(?:package\s*=\s*)?[rRuU]?(?:([\"'])([\w.]+)\3)?)"
)

# What can hold a quote that opens no string, and what opens one.
_STRING = (
    rb'"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"?'
    rb"|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'?"
)
_TOKEN = re.compile(rb'#[^\n]*|"""|\'\'\'|' + _STRING)
_STRUCTURE = re.compile(rb'#[^\n]*|"""|\'\'\'|' + _STRING + rb"|\\\n|[\[\](){}\n:]")

_TYPE_CHECKING = "TYPE_CHECKING"
_ALIAS = re.compile(rb"TYPE_CHECKING[ \t]+as[ \t]+(\w+)")
_IF = re.compile(rb"([ \t\f]*)(?:el)?if(?!\w)")
# How many lines a condition may take up; the longest seen took three.
_CONDITION_LINES = 8


class Text:
    r"""A module's text, and where in it the long strings are.

    Attributes:
        source: The bytes with ``\n`` line endings, without a byte order mark, after
            one ``\n``: every line then starts behind a ``\n``.
    """

    __slots__ = ("_ends", "_spans", "_starts", "source")

    def __init__(self, source: bytes) -> None:
        if b"\r" in source:
            source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.source = b"\n" + source.removeprefix(b"\xef\xbb\xbf")
        # Found as far as they are asked for: most imports stand at the top.
        self._spans = _long_strings(self.source)
        self._starts: list[int] = [-1]
        self._ends: list[int] = [0]

    def _last_string(self, position: int) -> int:
        """Return the index of the last long string that starts up to ``position``."""
        while self._starts[-1] <= position:
            start, end = next(self._spans, (len(self.source) + 1, 0))
            self._starts.append(start)
            self._ends.append(end)
        return bisect_right(self._starts, position) - 1

    def after_string(self, position: int) -> int:
        """Return the end of the long string that holds ``position``, else -1."""
        end = self._ends[self._last_string(position)]
        return end if position < end else -1

    def is_code(self, position: int) -> bool:
        """Tell whether the byte at ``position`` is in no string and no comment."""
        start = self._ends[self._last_string(position)]
        if position < start:
            return False
        start = _line_start(self.source, position, start)
        tokens = _TOKEN.finditer(self.source, start, position + 1)
        return all(token.end() <= position for token in tokens)

    def starts_line(self, newline: int) -> bool:
        r"""Tell whether a statement can start behind the ``\n`` at ``newline``."""
        return not self.continues(newline) and self.after_string(newline) < 0

    def continues(self, newline: int) -> bool:
        r"""Tell whether a backslash takes the ``\n`` at ``newline`` away."""
        return newline > 0 and self.source[newline - 1] == 0x5C


def _long_strings(source: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of each triple-quoted string.

    Only the lines that hold triple quotes are looked at: no other string reaches
    beyond its line, and those that a backslash continues.
    """
    position = 0
    quotes = {mark: source.find(mark) for mark in (b'"""', b"'''")}
    while True:
        for mark, found in quotes.items():
            if 0 <= found < position:
                quotes[mark] = source.find(mark, position)
        ahead = [found for found in quotes.values() if found >= 0]
        if not ahead:
            return
        quote = min(ahead)
        start = _line_start(source, quote, position)
        for token in _TOKEN.finditer(source, start):
            if token.end() > quote:
                break
        if token.start() == quote:
            position = _string_end(source, quote + 3, source[quote : quote + 3])
            yield quote, position
        else:  # The quotes stand in a comment or a short string.
            position = token.end()


def _line_start(source: bytes, position: int, least: int) -> int:
    """Return where the line of ``position`` starts, before all backslashes."""
    newline = source.rfind(b"\n", least, position)
    while newline > least and source[newline - 1] == 0x5C:
        newline = source.rfind(b"\n", least, newline)
    return max(least, newline + 1)


def _string_end(source: bytes, position: int, quotes: bytes) -> int:
    """Return the offset behind the quotes that close the string at ``position``."""
    while (close := source.find(quotes, position)) >= 0:
        body = source[position:close]
        if (len(body) - len(body.rstrip(b"\\"))) % 2 == 0:
            return close + 3
        position = close + 1
    return len(source)


def scan(source: bytes, watch: Watch = NOTHING) -> Scan:
    """Find what a module imports, anywhere in it, and what of ``watch`` it shows.

    Imports in strings, in comments, under ``TYPE_CHECKING`` and in the functions that
    ``watch`` passes over are left out; literal ``import_module("x")`` and
    ``__import__("x")`` are in. Nothing is raised, whatever the bytes are.
    """
    text = Text(source)
    dead = _Spans((*_dead_blocks(text), *_functions(text, watch.passed_over)))
    names: dict[str, None] = {}
    bound: list[tuple[str, str]] = []
    for name, meaning, local in _statements(text, dead):
        names[name] = None
        if local:
            bound.append((meaning, local))
    for name in _dynamic(text, dead):
        names[name] = None
    evidence = _evidence(text, dead, names, bound, watch)
    search_path: tuple[str, ...] = ()
    if b"__file__" in source and b"sys.path" in source:
        from codemod.program import filepaths

        search_path = filepaths.search_path(source)
    imports = tuple(sys.intern(name) for name in names)
    return Scan(imports, evidence, search_path)


class _Spans:
    """Spans of a text, and whether a position is in one of them."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, position: int) -> bool:
        before = bisect_right(self._starts, position) - 1
        return before >= 0 and position < self._ends[before]


def _statements(text: Text, dead: _Spans) -> Iterator[tuple[str, str, str]]:
    """Yield each imported name, and a name that is bound with what it stands for.

    Every statement holds the word ``import``, so that is what is searched for.
    """
    source = text.source
    end = 0
    while (word := source.find(b"import", end)) >= 0:
        end = word + 6
        if _WORD_BYTE.match(source, end) or _WORD_BYTE.match(source, word - 1):
            continue
        least = max(0, word - _LONGEST_START)
        newline = source.rfind(b"\n", least, word)
        while text.continues(newline):
            newline = source.rfind(b"\n", least, newline)
        if newline < 0:
            continue
        before = _BEFORE.fullmatch(source, newline + 1, word)
        if before is None or word in dead:
            continue
        if not (
            text.is_code(before.end(1)) if before[1] else text.starts_line(newline)
        ):
            continue
        if before[2] is None:
            yield from _plain_import(source, end)
        else:
            dots = "." * before[3].count(b".")
            yield from _from_import(dots + _identifier(before[4]), source, end)


def _plain_import(source: bytes, position: int) -> Iterator[tuple[str, str, str]]:
    match = _AFTER.match(source, position)
    for name, local in _names(match[1]) if match else ():
        # "import a.b" binds a, "import a.b as c" binds a.b.
        top = name.partition(".")[0]
        if top:
            yield (name, name, local) if local else (name, top, top)


def _from_import(
    module: str, source: bytes, position: int
) -> Iterator[tuple[str, str, str]]:
    match = _AFTER_FROM.match(source, position)
    if match is None or not module:
        return
    prefix = module if module.endswith(".") else module + "."
    for name, local in _names(match[1]):
        if name == "*":
            yield module, "", ""
        else:
            yield prefix + name, prefix + name, local or name


def _names(listing: bytes) -> Iterator[tuple[str, str]]:
    """Split ``a, b as c`` into names and aliases (``""`` without one)."""
    if listing.startswith(b"("):
        listing = re.sub(rb"#[^\n]*", b"", listing[1:-1])
    for item in listing.replace(b"\\\n", b" ").split(b","):
        words = item.split()
        if len(words) == 3 and words[1] == b"as":
            yield _identifier(words[0]), _identifier(words[2])
        elif len(words) == 1 or b"." in item:  # "a . b" is one name, "a b" none
            name = _identifier(b"".join(words))
            if name:
                yield name, ""


def _identifier(raw: bytes) -> str:
    """Return a dotted name without the white space that may surround its dots."""
    if not raw.isascii() or b" " in raw or b"\\" in raw or b"\t" in raw:
        raw = b"".join(raw.replace(b"\\\n", b" ").split())
    return raw.decode("utf-8", "replace")


def _dynamic(text: Text, dead: _Spans) -> Iterator[str]:
    """Yield the literal arguments of ``import_module`` and ``__import__``."""
    source = text.source
    if b"import_module" not in source and b"__import__" not in source:
        return
    for match in _DYNAMIC.finditer(source):
        if not text.is_code(match.start()) or match.start() in dead:
            continue
        name = match.group(2).decode("utf-8", "replace")
        package = match.group(4)
        if name.startswith(".") and package:
            # import_module(".b", "a") is "a.b"; each further dot is a package less.
            parts = package.decode("ascii").split(".")
            up = len(name) - len(name.lstrip(".")) - 1
            parts = parts[: len(parts) - up] if up else parts
            name = ".".join([*parts, name.lstrip(".")])
        yield name


def _evidence(
    text: Text,
    dead: _Spans,
    names: Iterable[str],
    bound: Iterable[tuple[str, str]],
    watch: Watch,
) -> tuple[str, ...]:
    """Return the watched names that are imported or used, sorted."""
    found: set[str] = set()
    for name in names:
        if not any(watched_prefixes(name, watch.innocent)):
            found.update(watched_prefixes(name, watch.names))
    parts = _parts(watch.names)
    for name, local in bound:
        for entry in parts.get(name.partition(".")[0], ()):
            if entry not in found and _is_used(
                text, dead, entry, name, local, watch.innocent
            ):
                found.add(entry)
    for sign in watch.signs:
        if sign.needle in text.source and _shows(text, dead, sign, names):
            found.add(sign.name)
    return tuple(sorted(found))


def watched_prefixes(name: str, watched: frozenset[str]) -> Iterator[str]:
    """Yield the entries of ``watched`` that ``name`` is, or lies in."""
    end = len(name)
    while end > 0:
        if name[:end] in watched:
            yield name[:end]
        end = name.rfind(".", 0, end)


@lru_cache(maxsize=8)
def _parts(names: frozenset[str]) -> dict[str, list[str]]:
    """Return the dotted names by their first part."""
    parts: dict[str, list[str]] = {}
    for name in sorted(names):
        top, dot, _ = name.partition(".")
        if dot:
            parts.setdefault(top, []).append(name)
    return parts


def _is_used(
    text: Text,
    dead: _Spans,
    entry: str,
    name: str,
    local: str,
    innocent: frozenset[str],
) -> bool:
    """Tell whether the module uses ``entry`` through ``name``, bound to ``local``.

    A use of an innocent part is none, and neither is an import of one, which the text
    shows as well: "import ray", then "from ray.tune.registry import register_env".
    """
    if not entry.startswith(name + "."):
        return False
    path = [part.encode() for part in (local, *entry[len(name) + 1 :].split("."))]
    if path[-1] not in text.source:
        return False
    dotted = rb"\s*\.\s*".join(re.escape(part) for part in path)
    pattern = rb"(?<![\w.])" + dotted + rb"(?!\w)"
    for part in innocent:
        if part.startswith(entry + "."):
            below = re.escape(part[len(entry) :].encode())
            pattern += rb"(?!" + below + rb"(?!\w))"
    return _found_in_code(text, dead, pattern)


def _shows(text: Text, dead: _Spans, sign: Sign, names: Iterable[str]) -> bool:
    if sign.needs and not any(
        name == sign.needs or name.startswith(sign.needs + ".") for name in names
    ):
        return False
    return _found_in_code(text, dead, sign.pattern)


def _found_in_code(text: Text, dead: _Spans, pattern: bytes) -> bool:
    return any(
        text.is_code(match.start()) and match.start() not in dead
        for match in re.finditer(pattern, text.source)
    )


def _dead_blocks(text: Text) -> Iterator[tuple[int, int]]:
    """Yield the blocks that never run because of ``TYPE_CHECKING``."""
    source = text.source
    if b"TYPE_CHECKING" not in source:
        return
    names = {_TYPE_CHECKING} | {raw.decode() for raw in _ALIAS.findall(source)}
    for indent, condition, colon in _conditions(text, names):
        value = _truth(condition, names)
        if value is None:
            continue
        width = _width(indent)
        end, keyword = _block_end(text, colon, width)
        if value is False:
            yield colon, end
        else:
            while keyword in (b"elif", b"else"):
                start = end
                end, keyword = _block_end(text, _colon(text, start + 1), width)
                yield start + 1, end


def _functions(text: Text, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield the bodies of the functions that have one of the names."""
    for name in map(str.encode, names):
        if name not in text.source:
            continue
        header = rb"\n([ \t\f]*)(?:async[ \t]+)?def[ \t]+" + name + rb"[ \t]*(?=\()"
        for match in re.finditer(header, text.source):
            if text.starts_line(match.start()):
                colon = _colon(text, match.end())
                yield colon, _block_end(text, colon, _width(match[1]))[0]


def _conditions(text: Text, names: set[str]) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield each ``if`` or ``elif`` whose condition holds one of the names.

    That is its indentation, its condition, and
    the offset of its colon.
    """
    source = text.source
    seen = set()
    for name in sorted(names):
        end = 0
        while (found := source.find(name.encode(), end)) >= 0:
            end = found + len(name)
            newline = found
            for _ in range(_CONDITION_LINES):
                newline = source.rfind(b"\n", 0, newline)
                header = _IF.match(source, newline + 1) if newline >= 0 else None
                if header is None or newline in seen:
                    continue
                colon = _colon(text, header.end())
                if colon > found and text.starts_line(newline):
                    seen.add(newline)
                    yield header[1], source[header.end() : colon], colon
                break


def _width(indent: bytes) -> int:
    """Return the column that an indentation reaches, with tab stops every eight."""
    return len(indent.rpartition(b"\f")[2].expandtabs(8))


def _structure(text: Text, position: int) -> Iterator[tuple[int, bytes]]:
    """Yield the offsets of the colons and line ends that stand in no brackets."""
    depth = 0
    while match := _STRUCTURE.search(text.source, position):
        token = match.group()
        position = match.end()
        if token in (b'"""', b"'''"):
            position = max(position, text.after_string(match.start()))
        elif token in b"([{":
            depth += 1
        elif token in b")]}":
            depth = max(0, depth - 1)
        elif token in b":\n" and depth == 0:
            yield match.start(), token


def _colon(text: Text, position: int) -> int:
    """Return the offset of the colon that ends the header at ``position``."""
    for offset, token in _structure(text, position):
        if token == b":":
            return offset
    return len(text.source)


_LINE = re.compile(rb"([ \t\f]*)([^\s#][a-z]*)?")


def _block_end(text: Text, colon: int, indent: int) -> tuple[int, bytes]:
    """Return where the block behind a colon ends, and the word that follows it."""
    for offset, token in _structure(text, colon):
        if token == b"\n":
            line = _LINE.match(text.source, offset + 1)
            if line and line.group(2) and _width(line.group(1)) <= indent:
                return offset, line.group(2)
    return len(text.source), b""


def _truth(condition: bytes, names: set[str]) -> bool | None:
    """Evaluate a condition in a run: ``TYPE_CHECKING`` is false, the rest unknown."""
    import ast

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module's, which are not our user's
            tree = ast.parse(condition.strip(), mode="eval")
        return _evaluate(tree.body, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _evaluate(node: object, names: set[str]) -> bool | None:
    import ast

    if isinstance(node, ast.Name):
        return False if node.id in names else None
    if isinstance(node, ast.Attribute):
        return False if node.attr == _TYPE_CHECKING else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        value = _evaluate(node.operand, names)
        return None if value is None else not value
    if isinstance(node, ast.BoolOp):
        # One false operand decides an "and", one true operand an "or".
        deciding = isinstance(node.op, ast.Or)
        values = [_evaluate(value, names) for value in node.values]
        if deciding in values:
            return deciding
        return None if None in values else not deciding
    return None
