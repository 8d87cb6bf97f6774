"""All tables are known to whoever asks for them, in a process that imports nothing else."""

import subprocess
import sys
from pathlib import Path

import app.core.database
import app.main

ROOT = Path(__file__).parents[3]


def test_each_table_is_known_without_the_rest_of_the_application() -> None:
    code = "from app.ops.health import schema_version; print(*sorted(schema_version.tables()))"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == sorted(app.core.database.Base.metadata.tables)
