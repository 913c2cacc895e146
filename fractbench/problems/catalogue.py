"""The catalogue: names -> Problems.

A specification is a name and options: ``tanh``, ``tanh:width=8``, ``relu:width=24,samples=100``,
``quadratic-additive:epsilon=0.1,length=0.05,dimensions=3``. Two specifications of one Problem have
one canonical form, `Problem.spec`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from fractbench.draws import check_seed
from fractbench.errors import UsageError, nearest
from fractbench.problems.base import Problem
from fractbench.problems.mandelbrot import Mandelbrot
from fractbench.problems.mlp import Mlp
from fractbench.problems.newton import Newton
from fractbench.problems.quadratic import quadratic
from fractbench.window import canonical, decimal

_MLP: dict[str, Mlp] = {
    "tanh": Mlp("tanh", 500),
    "relu": Mlp("relu", 500, activation="relu"),
    "linear": Mlp("linear", 500, activation="identity", data="linear"),
    "single": Mlp("single", 500, data="single"),
    "minibatch": Mlp("minibatch", 1000, minibatch=True),
    "weight-drift": Mlp("weight-drift", 500, offset="drift"),
    "init-offset": Mlp("init-offset", 500, offset="once"),
}
ALIASES = {"quadratic": "quadratic-additive", "initialisation-offset": "init-offset"}

Options = Mapping[str, object]


def _mlp(name: str) -> Callable[[Options], Problem]:
    def build(options: Options) -> Problem:
        whole = {key: _integer(name, key, value) for key, value in options.items()}
        return dataclasses.replace(_MLP[name], **whole)  # type: ignore[arg-type]

    return build


def _quadratic(name: str) -> Callable[[Options], Problem]:
    def build(options: Options) -> Problem:
        given = dict(options)
        if "dimensions" in given:
            given["dimensions"] = _integer(name, "dimensions", given["dimensions"])
        if "epsilon" in given:
            given["epsilon"] = _number("epsilon", given["epsilon"])
        if "length" in given:
            parts = str(given.pop("length")).split("/")
            given["lengths"] = tuple(_number("length", part) for part in parts)
        return quadratic(name, **given)

    return build


_MLP_OPTIONS = ("width", "samples", "seed")
_QUADRATIC_OPTIONS = ("epsilon", "length", "dimensions")

_BUILDERS: dict[str, tuple[Callable[[Options], Problem], tuple[str, ...]]] = {
    **{name: (_mlp(name), _MLP_OPTIONS) for name in _MLP},
    "quadratic-additive": (_quadratic("quadratic-additive"), _QUADRATIC_OPTIONS),
    "quadratic-multiplicative": (_quadratic("quadratic-multiplicative"), _QUADRATIC_OPTIONS),
    "quadratic-two-cosine": (_quadratic("quadratic-two-cosine"), _QUADRATIC_OPTIONS),
    "quadratic-2d": (_quadratic("quadratic-2d"), ("epsilon", "length")),
    "mandelbrot": (lambda _: Mandelbrot("mandelbrot", 200), ()),
    "newton": (lambda _: Newton("newton", 40), ()),
}


def names() -> list[str]:
    """Return every Problem's name."""
    return list(_BUILDERS)


def option_names(name: str) -> tuple[str, ...]:
    """Return the options that a Problem takes after its colon."""
    return _BUILDERS[name][1]


def problem(spec: str, **options: object) -> Problem:
    """Return the Problem of a specification; keyword options come on top of those in the text.

    Raises:
        UsageError: the name or an option is unknown, or a value is not allowed.
    """
    name, _, tail = spec.strip().partition(":")
    name = ALIASES.get(name, name)
    if name not in _BUILDERS:
        raise UsageError(
            f"unknown problem {name!r}{nearest(name, _BUILDERS)}; type one of: {', '.join(names())}"
        )
    build, allowed = _BUILDERS[name]
    given: dict[str, object] = {}
    for part in filter(None, tail.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UsageError(f"{part!r} is no option; type {name}:option=value")
        given[key] = value
    given |= options
    for key in given:
        if key not in allowed:
            may = f"it takes {', '.join(allowed)}" if allowed else "it takes none"
            raise UsageError(f"{name} has no option {key!r}{nearest(key, allowed)}; {may}")
    return build(given)


def _integer(name: str, key: str, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise UsageError(
            f"{key} {value!r} is no integer; type {name}:{key}=N with a whole number"
        ) from None
    return check_seed(number) if key == "seed" else number


def _number(key: str, value: object) -> str:
    return canonical(decimal(str(value), f"{key} takes a number such as 0.2"))
