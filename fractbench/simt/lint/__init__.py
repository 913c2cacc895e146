"""lint: what a Metal text must not have, because Metal has it not or bits would move.

For people who change the text: `lint(text.source(variant, "metal"))` returns what is wrong with a
translation unit. It reads tokens and expands no macro, so it sees every branch, and arithmetic is
only allowed where it is written MUL, ADD, SUB and MAD.
"""

from __future__ import annotations

from fractbench.simt.lint.code import code
from fractbench.simt.lint.finding import Finding
from fractbench.simt.lint.tokens import Text
from fractbench.simt.lint.words import calls, macros, pragmas, words

__all__ = ["Finding", "lint"]


def lint(source: str) -> list[Finding]:
    """Return what is wrong with a Metal translation unit, in the order of its lines."""
    text = Text(source)
    found = [*pragmas(text), *macros(text), *words(text), *calls(text), *code(text)]
    return sorted(set(found), key=lambda finding: finding.line)
