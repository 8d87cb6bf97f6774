"""Where this code lies: in a checkout, with what is beside it there, or installed from a wheel or an image."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[1]
# None where it is installed: what lies beside the package there belongs to others.
CHECKOUT: Final = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None
