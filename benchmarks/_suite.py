"""Suite: what all suites that time a Case have in common."""

from __future__ import annotations

from ._case import Case


class Suite:
    """Twelve to twenty samples a commit, in four processes: chance must not look like a change.

    `number` is 1 and there is no warm-up of asv's own: a Case is warm when it is set up, and asv
    then sets up, and tears down, around every sample, whichever version of asv_runner it has. So
    every timed output is judged.
    """

    number = 1
    warmup_time = 0.0
    rounds = 4
    repeat = (3, 5, 2.0)
    timeout = 120.0
    case: Case | None = None

    def take(self, case: Case) -> None:
        """Make a Case the one that is timed, in seconds per million pixel-steps."""
        self.case, self.timer = case, case.timer

    def run(self) -> None:
        """Do a sample's work."""
        assert self.case is not None
        self.case.run()

    def teardown(self, *params: object) -> None:
        """Judge what was timed.

        Raises:
            WrongMapError: some of it is wrong.
        """
        if self.case is not None:
            self.case.check()
