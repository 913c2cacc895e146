"""Surroundings: what the benchmark asks of the machine, in one place that a test can replace."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fractbench.backend import Device
from fractbench.bench.records.facts import Hardware, Software, State, System

if TYPE_CHECKING:
    from fractbench.bench.machine.energy import Meter


class Surroundings:
    """This machine."""

    @cache  # noqa: B019 - one for the life of the program
    def software(self) -> Software:
        """Return versions."""
        from fractbench.bench.machine.software import software

        return software()

    @cache  # noqa: B019
    def hardware(self, device: Device) -> Hardware:
        """Return the machine of a device."""
        from fractbench.bench.machine.hardware import hardware

        return hardware(device)

    @cache  # noqa: B019
    def system(self, device: Device) -> System:
        """Return the operating system and the device's driver."""
        from fractbench.bench.machine.hardware import system

        return system(device)

    def state(self, device: Device | None) -> State:
        """Return how things are now, on the host alone or on a device too."""
        from fractbench.bench.machine.state import state

        return state(device)

    def meter(self, device: Device) -> Meter | None:
        """Return an energy counter that covers a device."""
        from fractbench.bench.machine.energy import meter

        return meter(device)

    def source(self, backend: str) -> str:
        """Return the digest of the texts that a backend's kernels are made of."""
        from fractbench.bench.machine.source import kernel_source

        return kernel_source(backend)

    def peak(self, device: Device) -> tuple[float, str] | None:
        """Return the maker's own figure for a device."""
        from fractbench.bench.roofline.peaks import peak

        return peak(device, self.hardware(device))
