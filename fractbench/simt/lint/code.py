"""code: pointers, sizes and arithmetic in the functions of a Metal text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fractbench.simt.lint.finding import Finding
from fractbench.simt.lint.operands import Declared, Reals, declarations
from fractbench.simt.lint.tokens import QUALIFIERS, SPACES, Function, Text, Token, tokens

ARITHMETIC = frozenset({"*", "+", "-", "/", "%", "*=", "+=", "-=", "/=", "%=", "++", "--"})


def code(text: Text) -> Iterator[Finding]:
    """Yield pointers without a space, sizes that vary, and arithmetic outside the macros."""
    reals, constants = Reals(text), _constants(text)
    yield from _pointers(text.outside, reals.types)
    for f in text.functions:
        whole = [*f.parameters, Token(";", f.line), *f.body]
        declared = list(declarations(whole, reals.types))
        reals.enter(declared)
        yield from _pointers([*f.head, Token("(", f.line), *whole], reals.types)
        yield from _sizes(declared, constants)
        yield from _shared(f)
        for n, token in enumerate(f.body):
            if token.text in ARITHMETIC:
                yield from _operator(f.body, n, reals, constants)


def _constants(text: Text) -> set[str]:
    enumerated = re.findall(r"enum\s*\{([^}]*)\}", text.source)
    words = {word for names in enumerated for word in re.findall(r"[A-Za-z_]\w*", names)}
    whole = (m for m in text.macros if m.parameters is None)
    return words | {m.name for m in whole if not any(t.real for t in tokens(m.body, 0))}


def _pointers(found: Sequence[Token], types: frozenset[str]) -> Iterator[Finding]:
    """Yield pointers without an address space, references and pointers to functions."""
    for n, token in enumerate(found):
        start = n - 1
        while start >= 0 and (found[start].text in types | QUALIFIERS | SPACES):
            start -= 1
        before = {t.text for t in found[start + 1 : n]}
        if token.text in ("*", "&", "&&") and before & types:
            if token.text != "*":
                yield Finding(token.line, "a reference; the text is C")
            elif not before & SPACES:
                yield Finding(token.line, "a pointer without an address space")
        following = [t.text for t in found[n : n + 5]]
        if following[:2] == ["(", "*"] and following[3:] == [")", "("]:
            yield Finding(token.line, "a pointer to a function")
        if token.text in types and not before & (SPACES | {"["}):
            yield from _more_pointers(found, n + 1)


def _more_pointers(found: Sequence[Token], n: int) -> Iterator[Finding]:
    """Yield the pointers among `TYPE a, *b`, where nothing names a space."""
    depth = 0
    for before, token in zip(found[n:], found[n + 1 :], strict=False):
        depth += (before.text in "([{") - (before.text in ")]}")
        if depth < 0 or before.text == ";":
            return
        if depth == 0 and before.text == "," and token.text == "*":
            yield Finding(token.line, "a pointer without an address space")


def _sizes(declared: Sequence[Declared], constants: set[str]) -> Iterator[Finding]:
    for it in declared:
        for token in it.sizes:
            if token.name and token.text not in constants:
                yield Finding(token.line, f"the size of {it.name} depends on {token.text}")


def _shared(f: Function) -> Iterator[Finding]:
    kernel = "kernel" in {t.text for t in f.head}
    for token in f.body:
        if token.text == "SHARED_ARRAY" and not kernel:
            yield Finding(token.line, "threadgroup memory is declared outside a kernel")


def _operator(
    found: Sequence[Token], n: int, reals: Reals, constants: set[str]
) -> Iterator[Finding]:
    token, left = found[n], reals.before(found, n)
    if token.text in ("++", "--"):
        if left or reals.after(found, n):
            yield Finding(token.line, f"{token.text} of a real number")
        return
    if left is None:
        literal = found[n + 1].number or found[n + 2].text == "REAL"
        if token.text in "+-" and not literal and reals.after(found, n):
            yield Finding(token.line, "a sign before a real number; write MUL by -1")
        return
    if left or reals.after(found, n):
        yield Finding(token.line, f"{token.text} of real numbers; write MUL, ADD, SUB or MAD")
    elif token.text[0] in "/%" and not _constant(found[n + 1], constants):
        yield Finding(token.line, f"{token.text} by what is no constant")


def _constant(token: Token, constants: set[str]) -> bool:
    return (token.number and not token.real) or token.text in constants
