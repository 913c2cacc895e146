"""dimension: how a boundary fills its map, by several estimators; they know arrays only."""
