"""markdown: tables for GitHub, in which no cell can be markup."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.bench.tables.figures import one_line


def markdown(
    heads: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool] = ()
) -> str:
    """Return a GitHub table; `right` tells which columns are aligned to the right."""
    sides = [*right, *(False for _ in heads)][: len(heads)]
    rule = ["---:" if side else "---" for side in sides]
    lines = [list(heads), rule, *([escape(cell) for cell in row] for row in cells)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def escape(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line, in a cell as elsewhere."""
    return "".join("\\" + c if c in r"\`*_[]<>|#&~!" else c for c in one_line(text))
