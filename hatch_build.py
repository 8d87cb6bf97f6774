"""What building the wheel needs beside the sources: the built browser interface, without which there is no wheel."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("frontend", "dist", "index.html")
PLACES = {"frontend/dist": "app/interface", "migrations": "app/migrations"}  # a folder of the checkout, its place


class BuildInterface(BuildHookInterface[Any]):
    """Puts the folders beside `app` into the wheel, and builds the interface where it is missing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add them and run `make web`, but not for an editable install, which reads the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / PAGE).is_file():
            make = shutil.which("make")
            if make is None or subprocess.run([make, "-C", root, "web"], check=False).returncode:  # noqa: S603 - our own
                raise SystemExit(f"{PAGE} is missing and `make web` could not build it: a wheel needs it")
        if self.target_name == "wheel":
            build_data["force_include"] |= {str(root / folder): place for folder, place in PLACES.items()}
