"""words: pragmas, macros, names and calls that have no place in a Metal text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fractbench.simt.lint.finding import Finding
from fractbench.simt.lint.tokens import SPACES, Macro, Text, Token, tokens
from fractbench.simt.text import ATTRIBUTES

ABSENT = frozenset({
    "double", "long", "half", "bfloat", "goto", "asm", "new", "delete", "template", "virtual",
    "throw", "try", "volatile", "auto", "extern", "union", "register", "typeid", "vertex",
    "fragment", "sampler", "ray_data", "object_data", "__attribute__",
})  # fmt: skip
"""Types and words that Metal lacks, reserves, or that have no place in C."""
CANONICAL = {
    "REAL": {"float"}, "FUNCTION": {"static inline"}, "PRIVATE": {"thread"}, "GLOBAL": {"device"},
    "SHARED": {"threadgroup"}, "SAMPLES_IN": {"SHARED", "GLOBAL"},
    "SHARED_ARRAY": {"threadgroup type name[count]"},
    "BARRIER": {"threadgroup_barrier(mem_flags::mem_threadgroup)"},
    "EXCHANGE": {"simd_shuffle_xor((value), (ushort)(mask))"},
    "AS_INT": {"as_type<int>(x)"}, "AS_REAL": {"as_type<float>(x)"}, "MAGNITUDE": {"fabs(x)"},
    "MUL": {"((a) * (b))"}, "ADD": {"((a) + (b))"}, "SUB": {"((a) - (b))"},
    "FUSED_MAD": {"fma((a), (b), (c))"},
    "MAD": {"FUSED_MAD((a), (b), (c))", "ADD((c), MUL((a), (b)))"},
}  # fmt: skip
"""The macros that everything else relies on, and what they may be: nothing else calls a library."""
PRAGMA = "#pragma METAL fp contract(off)"
KEYWORDS = frozenset({"if", "for", "while", "return", "switch", "sizeof", "do", "else"})
_PLACES = re.compile(r"(dispatch|grid|quadgroups?|simdgroups?|threads?|threadgroups?)_\w+")
_EXTRA = re.compile(r"\w+_(shape|strides|ndim)")


def pragmas(text: Text) -> Iterator[Finding]:
    """Yield what relaxes arithmetic, and what frameworks do not include."""
    first = min((f.line for f in text.functions), default=1)
    lines = [d.line for d in text.directives if d.text == PRAGMA]
    if len(lines) != 1 or lines[0] >= first:
        yield Finding(first, f"{PRAGMA} has to stand once, before the first function")
    for directive in text.directives:
        word = re.sub(r"#\s*", "", directive.text).split()[0]
        if word == "pragma" and directive.text != PRAGMA:
            yield Finding(directive.line, "another pragma may relax arithmetic")
        if word == "undef":
            yield Finding(directive.line, "a macro is taken back")
        if word == "include" and "<metal_stdlib>" not in directive.text:
            yield Finding(directive.line, "an include that frameworks do not have")


def macros(text: Text) -> Iterator[Finding]:
    """Yield macros that are missing, other than they have to be, or that compute."""
    for name in CANONICAL.keys() - {macro.name for macro in text.macros}:
        yield Finding(1, f"{name} is not defined")
    for macro in text.macros:
        allowed = CANONICAL.get(macro.name)
        if allowed is not None and macro.body not in allowed:
            yield Finding(macro.line, f"{macro.name} is {macro.body}, not {min(allowed)}")
        if allowed is None and _computes(macro):
            yield Finding(macro.line, f"the macro {macro.name} computes with what it is given")


def _computes(macro: Macro) -> bool:
    found = [t.text for t in tokens(macro.body, 0)]
    return bool(macro.parameters) and not {"*", "+", "-", "/", "%"}.isdisjoint(found)


def words(text: Text) -> Iterator[Finding]:
    """Yield types and names that Metal lacks or reserves, and literals that are doubles."""
    defined = [t for m in text.macros for t in tokens(m.body, m.line)]
    for token in (*text.tokens, *defined):
        word = token.text
        if word in ABSENT:
            yield Finding(token.line, f"{word} has no place in Metal text")
        elif token.real and (not word.endswith(("f", "F")) or word[:2].lower() == "0x"):
            yield Finding(token.line, f"{word} is no decimal literal with the suffix f")
        elif _EXTRA.fullmatch(word):
            yield Finding(token.line, f"MLX would add a parameter {word}")
        elif _PLACES.fullmatch(word) and word not in (*ATTRIBUTES, "threadgroup_barrier"):
            yield Finding(token.line, f"MLX or Metal gives {word} a meaning")
    yield from _reserved(text.tokens)


def _reserved(found: Sequence[Token]) -> Iterator[Finding]:
    for before, token, after in zip(found, found[1:], found[2:], strict=False):
        named = not after.name or before.text in (".", "->")
        if token.text == "FUSED_MAD":
            yield Finding(token.line, "FUSED_MAD is for MAD alone")
        if token.text in SPACES and named:
            yield Finding(token.line, f"{token.text} is an address space and used as a name")


def calls(text: Text) -> Iterator[Finding]:
    """Yield calls of libraries, recursion, and functions whose names may collide."""
    known = {f.name for f in text.functions} | {m.name for m in text.macros} | KEYWORDS
    graph: dict[str, set[str]] = {}
    for f in text.functions:
        called = [a for a, b in zip(f.body, f.body[1:], strict=False) if a.name and b.text == "("]
        graph[f.name] = {t.text for t in called}
        for token in called:
            if token.text not in known:
                yield Finding(token.line, f"{token.text} is called, which is not of this text")
        if "kernel" not in {t.text for t in f.head} and not f.name.startswith("fb_"):
            yield Finding(f.line, f"the name {f.name} does not begin with fb_")
    for f in text.functions:
        if f.name in _reached(graph, f.name):
            yield Finding(f.line, f"{f.name} calls itself; Metal has no recursion")


def _reached(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = [start]
    while left:
        new = graph.get(left.pop(), set()) - seen
        seen |= new
        left += new
    return seen
