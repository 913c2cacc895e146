"""titles: what stands over each map and over all, and what a file says about itself."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.errors import UsageError
from fractbench.plot.shown import Shown

_SPACE = "\N{NO-BREAK SPACE}"
"""Keeps a number and its unit on one line."""


def headed(
    maps: Sequence[Shown], titles: Sequence[str], names: bool = False
) -> tuple[str, list[str]]:
    """Return the heading and a title for each map.

    Args:
        maps: what is shown.
        titles: what was typed: one for each map, or one for all.
        names: whether maps are called by their problems, whatever else tells them apart.

    Raises:
        UsageError: there is another number of titles.
    """
    if len(maps) == 1 and not titles:
        return "", [_whole(maps[0])]
    if len(titles) == len(maps):
        return "", list(titles)
    if len(titles) > 1:
        raise UsageError(
            f"there are {len(titles)} titles and {len(maps)} maps; type --title once, or once for "
            "each map"
        )
    heading = titles[0] if titles else ""
    return heading, [item.problem.spec for item in maps] if names else _apart(maps)


def described(maps: Sequence[Shown]) -> str:
    """Return problem, window, steps and digest of every map, a line each."""
    return "\n".join(
        f"{item.problem.spec}; window {item.window}; {item.problem.steps} steps; {item.digest}"
        for item in maps
    )


def _whole(item: Shown) -> str:
    name, title = item.problem.spec, item.problem.title
    named = title if title.startswith(name) else f"{name}: {title}"
    return f"{named}; {item.problem.steps}{_SPACE}steps"


def _apart(maps: Sequence[Shown]) -> list[str]:
    """Return what tells maps apart, and the file's name where nothing else does."""
    facts = [
        (
            item.problem.spec,
            f"{item.problem.steps}{_SPACE}steps",
            str(item.about["draws"]),
            str(item.about["arithmetic"]),
            str(item.about["made"].get("device", "")),
        )
        for item in maps
    ]
    telling = [place for place in range(len(facts[0])) if len({fact[place] for fact in facts}) > 1]
    found = [", ".join(fact[place] for place in telling if fact[place]) for fact in facts]
    alone = len(set(found)) == len(found)
    return [
        title if title and alone else ", ".join(filter(None, (title, item.name)))
        for title, item in zip(found, maps, strict=True)
    ]
