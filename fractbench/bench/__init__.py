"""bench: how fast a Kernel makes a Map, with the proof of the map in every record."""
