"""Write docs/record.schema.json: the JSON Schema of a record, from the models that check it.

    python tools/export_schema.py            writes the file
    python tools/export_schema.py --check    compares it; exit status 1 if it differs

A change of the schema that old records do not survive needs a new name: `fractbench.record/2`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from fractbench.bench.records.files import schema
from fractbench.bench.records.record import SCHEMA, TIMED

TARGET = Path(__file__).resolve().parents[1] / "docs" / "record.schema.json"


def exported() -> dict[str, Any]:
    """Return the schema, with the rule that the models check and do not export.

    A record has times if, and only if, its map is proven; then it also has the map's digest.
    """
    made = schema()
    dialect = made.pop("$schema")
    timed = {"properties": {"verdict": {"properties": {"status": {"enum": list(TIMED)}}}}}
    absent, present = {"type": "null"}, {"not": {"type": "null"}}
    rule = {
        "if": timed,
        "then": {
            "properties": {
                "samples": present,
                "summary": present,
                "verdict": {"properties": {"digest": present}},
            }
        },
        "else": {"properties": {"samples": absent, "summary": absent}},
    }
    return {"$schema": dialect, "$id": SCHEMA, **made, **rule}


def text() -> str:
    """Return the file's text."""
    return json.dumps(exported(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or compare the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        TARGET.write_text(text(), "utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text("utf-8") == text():
        return 0
    print(f"{TARGET.name} is not what the models say; type python tools/export_schema.py",
          file=sys.stderr)  # fmt: skip
    return 1


if __name__ == "__main__":
    sys.exit(main())
