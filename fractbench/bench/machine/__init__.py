"""The machine: hardware, system, state and energy, and what may be told of them."""
