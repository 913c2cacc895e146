"""targets: the devices that `fractbench verify` is asked for, and those that can take part."""

from __future__ import annotations

from collections.abc import Sequence

from fractbench.backend import Backend, Device
from fractbench.cli.show import say
from fractbench.errors import BackendUnavailableError, UsageError
from fractbench.goldens import Golden
from fractbench.registry import load, select, statuses
from fractbench.verify import offered

Target = tuple[Backend, Device]


def targets(text: str) -> list[Target]:
    """Return every device asked for; `all` leaves out, aloud, what cannot be used here.

    Raises:
        BackendUnavailableError: nothing that is asked for can be used here.
        UsageError: a name is unknown.
    """
    if text != "all":
        chosen = []
        for spec in dict.fromkeys(part.strip() for part in text.split(",")):
            one, device = select(spec)
            chosen += [(one, device)] if ":" in spec else [(one, d) for d in one.devices()]
        return chosen
    found = []
    for state in statuses():
        if state.available:
            found += [(load(state.name), device) for device in state.devices]
        else:
            say(f"{state.name} is left out: {state.reason}; type fractbench backends")
    if not found:
        raise BackendUnavailableError("no backend works here; type fractbench backends to see why")
    return found


def able(
    asked: Sequence[Target],
    chosen: Sequence[Golden],
    kernel: str,
    contract: str | None,
    dtype: str | None,
) -> list[Target]:
    """Return the devices that offer a kernel for some golden; the others are left out, aloud.

    Raises:
        UsageError: no device does.
    """
    plans = [golden.plan() for golden in chosen]
    found = [one for one in asked if any(offered(*one, plan, kernel) for plan in plans)]
    options = {"contract": contract, "dtype": dtype}
    told = "".join(f" --{name} {value}" for name, value in options.items() if value)
    what = (f"kernel {kernel!r}" if kernel != "auto" else "kernel") + (told and f" under{told}")
    if not found:
        if len(asked) == 1:
            backend, device = asked[0]
            backend.check_kernel(plans[0].problem, device, plans[0].arithmetic, kernel)
        devices = ", ".join(str(device) for _, device in asked)
        raise UsageError(
            f"no device offers a {what}, of {devices}; type fractbench backends -v to see what "
            "there is"
        )
    for one in asked:
        if one not in found:
            say(f"{one[1]} offers no {what} and is left out; type fractbench backends -v")
    return found
