"""operands: which operands of a Metal text are real numbers, as far as tokens tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fractbench.simt.lint.tokens import (
    QUALIFIERS,
    SPACES,
    TYPES,
    Text,
    Token,
    closing,
    opening,
    tokens,
)

REALS = frozenset({"REAL", "float"})
REAL_CALLS = frozenset(
    {"MUL", "ADD", "SUB", "MAD", "FUSED_MAD", "MAGNITUDE", "AS_REAL", "EXCHANGE"}
)
"""Macros whose value is a real number."""
UNARY = frozenset("-+!~*&")
_NOT_OPERANDS = frozenset({"return", "case", "else", "const", "if", "for", "while"})


@dataclass(frozen=True)
class Declared:
    """A declared name: whether it is made of reals, and how often it has to be indexed."""

    name: str
    real: bool
    indices: int
    sizes: Sequence[Token]


def declarations(found: Sequence[Token], types: frozenset[str]) -> Iterator[Declared]:
    """Yield what a run of tokens declares, parameters too."""
    for n, token in enumerate(found):
        cast = n + 1 < len(found) and found[n + 1].text == ")"
        if token.text in types and not cast:
            yield from _declarators(found, n + 1, token.text in REALS, types)


def _declarators(
    found: Sequence[Token], at: int, real: bool, types: frozenset[str]
) -> Iterator[Declared]:
    while at < len(found):
        stars = 0
        while at < len(found) and found[at].text in ("*", "const"):
            stars += found[at].text == "*"
            at += 1
        if at >= len(found) or not found[at].name:
            return
        name, sizes = found[at].text, []
        at += 1
        while at < len(found) and found[at].text == "[":
            end = closing(found, at)
            sizes.append(found[at + 1 : end])
            at = end + 1
        yield Declared(name, real, stars + len(sizes), [t for s in sizes for t in s])
        while at < len(found) and found[at].text not in (",", ";", ")"):
            at = closing(found, at) + 1 if found[at].text in ("(", "[", "{") else at + 1
        if at >= len(found) or found[at].text != ",":
            return
        at += 1
        if at < len(found) and found[at].text in types | SPACES | QUALIFIERS:
            return


class Reals:
    """Answers whether an operand beside an operator is a real number."""

    def __init__(self, text: Text) -> None:
        """Learn the unit's types, members, functions and constants."""
        named = re.findall(r"\}\s*(fb_\w+)\s*;", text.source)
        self.types = TYPES | frozenset(named)
        members = declarations(text.outside, self.types)
        self._members = [d for d in members if d.real]
        self._calls = REAL_CALLS | {
            f.name for f in text.functions if any(t.text in REALS for t in f.head)
        }
        constant = (m for m in text.macros if m.parameters is None)
        self._constants = {m.name for m in constant if any(t.real for t in tokens(m.body, 0))}
        self._locals: list[Declared] = []

    def enter(self, declared: Sequence[Declared]) -> None:
        """Take up a function's parameters and variables."""
        self._locals = [d for d in declared if d.real]

    def before(self, found: Sequence[Token], at: int) -> bool | None:
        """Return whether the operand that ends before `at` is real; None: there is no operand."""
        if at == 0 or not self._ends(found, at - 1):
            return None
        start = self._start(found, at - 1)
        if found[start].text in _NOT_OPERANDS:
            return None
        if start and found[start - 1].text == ")":
            cast = self._cast(found, opening(found, start - 1))
            if cast is not None:
                return cast
        return self._operand(found, start)[0]

    def after(self, found: Sequence[Token], at: int) -> bool:
        """Return whether the operand that begins after `at` is real."""
        return self._operand(found, at + 1)[0]

    def _ends(self, found: Sequence[Token], n: int) -> bool:
        """Return whether an operand may end at `n`."""
        if found[n].text == ")":
            return self._cast(found, opening(found, n)) is None
        return found[n].name or found[n].number or found[n].text == "]"

    def _start(self, found: Sequence[Token], n: int) -> int:
        """Return where the operand begins that ends at `n`."""
        while n > 0:
            if found[n].text in (")", "]"):
                n = opening(found, n)
                if n and (found[n - 1].name or found[n - 1].text in ("]", ")")):
                    n -= 1
                    continue
                return n
            if found[n - 1].text in (".", "->"):
                n -= 2
                continue
            return n
        return n

    def _cast(self, found: Sequence[Token], left: int) -> bool | None:
        """Return whether brackets at `left` cast to a real; None: they do not cast."""
        inside = found[left + 1 : closing(found, left)]
        if inside and all(t.text in self.types or t.text in ("const", "*") for t in inside):
            return any(t.text in REALS for t in inside)
        return None

    def _operand(self, found: Sequence[Token], n: int) -> tuple[bool, int]:
        """Return whether the operand at `n` is real, and where it ends."""
        stars = 0
        while n < len(found) and found[n].text in UNARY:
            stars += found[n].text == "*"
            n += 1
        if n >= len(found):
            return False, n
        if found[n].text == "(":
            end, cast = closing(found, n), self._cast(found, n)
            if cast is not None:
                return cast, self._operand(found, end + 1)[1]
            return self._any(found[n + 1 : end]), end + 1
        if not found[n].name:
            return found[n].real, n + 1
        return self._chain(found, n, stars)

    def _chain(self, found: Sequence[Token], n: int, stars: int) -> tuple[bool, int]:
        name, member, indices, n = found[n].text, False, stars, n + 1
        while n < len(found) and found[n].text in (".", "->", "[", "("):
            if found[n].text == "(":
                return name in self._calls, closing(found, n) + 1
            if found[n].text == "[":
                indices, n = indices + 1, closing(found, n) + 1
                continue
            name, member, indices, n = found[n + 1].text, True, stars, n + 2
        known = self._members if member else self._locals
        real = any(d.name == name and indices >= d.indices for d in known)
        return real or (not member and name in self._constants), n

    def _any(self, found: Sequence[Token]) -> bool:
        n = 0
        while n < len(found):
            real, end = self._operand(found, n)
            if real:
                return True
            n = max(end, n + 1)
        return False
