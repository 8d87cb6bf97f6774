"""What building the wheel needs beside the sources: the built browser interface, without which there is no wheel."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("frontend", "dist", "index.html")


class BuildInterface(BuildHookInterface[Any]):
    """Builds the interface where it is missing; one that is there is taken as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run `make web`, but not for an editable install, which reads the checkout."""
        del build_data
        root = Path(self.root)
        if version == "editable" or (root / PAGE).is_file():
            return
        make = shutil.which("make")
        if make is None or subprocess.run([make, "-C", root, "web"], check=False).returncode:  # noqa: S603 - our own
            raise SystemExit(f"{PAGE} is missing and `make web` could not build it: a wheel needs it")
