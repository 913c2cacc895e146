"""Settings: how samples are taken, whatever is measured."""

from __future__ import annotations

from dataclasses import dataclass

from fractbench.errors import UsageError


@dataclass(frozen=True)
class Settings:
    """The options of `bench` that hold for all cases; times are seconds.

    A sample repeats the map until `min_time` has passed. `limit` is what one answer of a worker may
    take, `memory` the bytes that a worker may hold (None: nearly all that is there).
    """

    repeats: int = 7
    launches: int = 1
    min_time: float = 0.05
    cooldown: float = 0.0
    limit: float = 600.0
    memory: int | None = None
    threads: int | None = None
    seed: int = 0
    roofline: bool = True
    baseline: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be measured with.

        Raises:
            UsageError: a number is out of range.
        """
        for name, low, high in (
            ("repeats", 1, 10_000), ("launches", 1, 1000), ("min_time", 0, 3600),
            ("cooldown", 0, 3600), ("limit", 0.1, 86_400), ("threads", 1, 4096),
            ("memory", 1, 1 << 50),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise UsageError(
                    f"--{name.replace('_', '-')} {value} is not allowed; "
                    f"type a number from {low} to {high}"
                )
