"""tokens: a Metal text taken apart as far as the lint needs it; no compiler, only tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

TYPES = frozenset({"REAL", "float", "int", "uint", "ushort", "int32_t", "uint3", "void"})
SPACES = frozenset(
    {"PRIVATE", "GLOBAL", "SHARED", "SAMPLES_IN", "thread", "device", "threadgroup", "constant"}
)
"""What names an address space: the text's own words and Metal's."""
QUALIFIERS = frozenset({"const", "FUNCTION", "static", "inline", "struct"})
_TOKEN = re.compile(
    r"0[xX][0-9a-fA-F.]+(?:[pP][+-]?\d+)?\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\w*"
    r"|[A-Za-z_]\w*|\"[^\"\n]*\"|->|\+\+|--|<<|>>|[-+*/%&|^=!<>]=|&&|\|\||::|\S"
)
_MACRO = re.compile(r"#\s*define\s+(\w+)(\(([^)]*)\))?\s*(.*)")
_ATTRIBUTE = re.compile(r"\[\[[^\]]*\]\]")
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Token:
    """A word, number or sign, and the line it stands on, from 1."""

    text: str
    line: int

    @property
    def name(self) -> bool:
        """Whether it is a word."""
        return self.text[0].isalpha() or self.text[0] == "_"

    @property
    def number(self) -> bool:
        """Whether it is a literal number."""
        return self.text[0].isdigit() or (self.text[0] == "." and len(self.text) > 1)

    @property
    def real(self) -> bool:
        """Whether it is a literal with a fraction, an exponent or a suffix f."""
        if not self.number:
            return False
        if self.text[:2].lower() == "0x":
            return "p" in self.text.lower() or "." in self.text
        return bool(re.search(r"[.eEfF]", self.text))


@dataclass(frozen=True)
class Macro:
    """A definition; `parameters` is None where it takes none."""

    name: str
    parameters: tuple[str, ...] | None
    body: str
    line: int


@dataclass(frozen=True)
class Function:
    """A function or kernel: what stands before its name, in its brackets and in its braces."""

    name: str
    head: Sequence[Token]
    parameters: Sequence[Token]
    body: Sequence[Token]
    line: int


@dataclass
class Text:
    """A translation unit."""

    source: str
    directives: list[Token] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Drop comments and attributes, and set directives apart from code."""
        plain = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), self.source, flags=re.S)
        for number, line in enumerate(plain.split("\n"), start=1):
            code = _ATTRIBUTE.sub(
                "", line.partition("//")[0].replace("[[kernel]]", "kernel")
            ).strip()
            if code.startswith("#"):
                self.directives.append(Token(code, number))
            else:
                self.tokens += tokens(code, number)

    @cached_property
    def macros(self) -> list[Macro]:
        """Every definition, in order; a name may have several."""
        found = []
        for directive in self.directives:
            if match := _MACRO.match(directive.text):
                name, taken, parameters, body = match.groups()
                names = tuple(p.strip() for p in parameters.split(",")) if taken else None
                found.append(Macro(name, names, body.strip(), directive.line))
        return found

    @cached_property
    def functions(self) -> list[Function]:
        """Every function that has a body."""
        return list(_functions(self.tokens))

    @cached_property
    def outside(self) -> list[Token]:
        """What belongs to no function: types and declarations."""
        inside = {id(t) for f in self.functions for t in (*f.head, *f.parameters, *f.body)}
        return [t for t in self.tokens if id(t) not in inside]


def tokens(code: str, line: int) -> list[Token]:
    """Return the tokens of a line."""
    return [Token(text, line) for text in _TOKEN.findall(code)]


def closing(found: Sequence[Token], at: int) -> int:
    """Return the place of the bracket that closes the one at `at`, or the end."""
    opened = found[at].text
    closed = {v: k for k, v in _PAIRS.items()}[opened]
    depth = 0
    for n in range(at, len(found)):
        depth += (found[n].text == opened) - (found[n].text == closed)
        if depth == 0:
            return n
    return len(found) - 1


def opening(found: Sequence[Token], at: int) -> int:
    """Return the place of the bracket that opens the one closed at `at`, or the start."""
    depth = 0
    for n in range(at, -1, -1):
        depth += (found[n].text == found[at].text) - (found[n].text == _PAIRS[found[at].text])
        if depth == 0:
            return n
    return 0


def _functions(found: Sequence[Token]) -> Iterator[Function]:
    start = n = 0
    while n < len(found):
        text = found[n].text
        if text == ";":
            start = n + 1
        elif text == "{":
            end = closing(found, n)
            if n and found[n - 1].text == ")":
                left = opening(found, n - 1)
                yield Function(found[left - 1].text, found[start : left - 1],
                               found[left + 1 : n - 1], found[n + 1 : end],
                               found[left - 1].line)  # fmt: skip
                start = end + 1
            n = end
        n += 1
