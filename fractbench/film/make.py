"""make: the whole way from a FilmRequest to a film, for Python and for `fractbench zoom`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from fractbench.backend import Device
from fractbench.choice import for_many_pixels
from fractbench.execute import Progress, silent
from fractbench.film.aside import check_folder, check_place
from fractbench.film.estimate import Estimate, estimate
from fractbench.film.film import write_film
from fractbench.film.keys import Key, check_keys, keys
from fractbench.film.maker import Maker, make_keys
from fractbench.film.request import FilmPlan, FilmRequest
from fractbench.film.takeup import KeyFile
from fractbench.proof import Proven
from fractbench.registry import select

Say = Callable[[str], None]
Ticks = Callable[[int], None]


@dataclass(frozen=True)
class FilmResult:
    """A film that is whole."""

    plan: FilmPlan
    film: Path
    poster: Path | None
    keys: tuple[KeyFile, ...]
    device: str
    proven: dict[str, Proven]
    """For each arithmetic that made a key frame now, whether the device gives its golden."""
    seconds_of_keys: float
    seconds_of_frames: float

    @property
    def frames(self) -> int:
        """The number of frames, key frames included."""
        return self.plan.timeline.frames


@dataclass(frozen=True)
class Watch:
    """What a person sees meanwhile: lines, finished key frames, and bars.

    `pixels` and `frames` are given what there is to do and yield what is to be told of it.
    """

    say: Say = lambda _: None
    key: Callable[[KeyFile], None] = lambda _: None
    pixels: Callable[[Sequence[Key]], AbstractContextManager[Progress]] = lambda _: nullcontext(
        silent
    )
    frames: Callable[[int], AbstractContextManager[Ticks]] = lambda _: nullcontext(lambda _: None)


QUIET = Watch()


def make_film(request: FilmRequest, backend: str | None = None, watch: Watch = QUIET) -> FilmResult:
    """Make a film, and the key frames that are not there yet.

    Args:
        request: what to film.
        backend: ``"native"``, ``"torch:cuda:0"``, ...; None takes MLX on a GPU, else native where
            it works.
        watch: what is told of the work.

    Raises:
        UsageError: something asked for is not allowed.
        BackendUnavailableError: the backend or the film extra cannot be used here.
        FractbenchError: something cannot be kept; what is finished is safe in the work folder.
    """
    plan, backend = request.plan(), for_many_pixels(backend)
    wanted, device = _wanted(plan, backend)
    check_place(plan.out, "-o")
    if plan.poster is not None:
        check_place(plan.poster, "--poster")
    folder = check_folder(plan.work)
    maker, begun = Maker(backend, folder, watch.say), perf_counter()
    with watch.pixels(wanted) as progress:
        files = make_keys(wanted, folder, maker, watch.say, watch.key, progress)
    keyed = perf_counter()
    with watch.frames(plan.timeline.frames) as ticks:
        film = write_film(plan, files, ticks)
    return FilmResult(
        plan, film, plan.poster, tuple(files), str(device), dict(maker.proven), keyed - begun,
        perf_counter() - keyed,
    )  # fmt: skip


def estimate_film(request: FilmRequest, backend: str | None = None) -> Estimate:
    """Return what `make_film` would take; nothing is written where the film would be.

    Raises:
        UsageError: something asked for is not allowed.
        BackendUnavailableError: the backend or the film extra cannot be used here.
    """
    plan, backend = request.plan(), for_many_pixels(backend)
    wanted, _ = _wanted(plan, backend)
    return estimate(plan, wanted, Maker(backend, plan.work, lambda _: None))


def _wanted(plan: FilmPlan, backend: str | None) -> tuple[list[Key], Device]:
    """Return the key frames, all of which the device can make."""
    chosen, device = select(backend)
    wanted = keys(plan.problem, plan.windows, plan.size, chosen, device)
    check_keys(wanted, chosen, device)
    return wanted, device
