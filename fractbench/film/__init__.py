"""film: zooms as films, in Python.

    from fractbench.film import FilmRequest, make_film
    done = make_film(FilmRequest("single", size=256, out="single.mp4"), backend="native")
    done.film, done.frames, done.keys[-1].digest

Key frames are ordinary maps, kept in a folder that a rerun takes up; the frames between them are
blended from their two neighbours (fractbench/film/blend.py says how).
"""

from fractbench.film.estimate import Estimate as Estimate
from fractbench.film.make import FilmResult as FilmResult
from fractbench.film.make import estimate_film as estimate_film
from fractbench.film.make import make_film as make_film
from fractbench.film.request import FilmRequest as FilmRequest

__all__ = ["Estimate", "FilmRequest", "FilmResult", "estimate_film", "make_film"]
