"""Labelled copies of pictures that leave.

labels.first_ms    CPU of a labelled 1024² JPEG that is not kept yet, median
labels.cached_ms   the same from the cache, opened and read
labels.png_ms      CPU of a labelled 2048² PNG that is not kept yet, median
labels.peak_mb     resident megabytes with the largest PNG that is archived
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench import processes
from bench.portal import NOT_INHERITED


def run(folder: Path, say: Callable[[str], None]) -> dict[str, float]:
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(NOT_INHERITED)
    }
    environ |= {
        "DJANGO_SETTINGS_MODULE": "wjportal.settings",
        "WJPORTAL_DATA_DIR": str(folder / "data"),
    }
    (folder / "data").mkdir()
    found: dict[str, float] = {}
    for part in ("times", "peak"):
        answer = subprocess.run(
            processes.python("bench.labels_commands", part),
            cwd=processes.BASE_DIR,
            env=environ,
            check=True,
            stdout=subprocess.PIPE,
        )
        found |= json.loads(answer.stdout)
        say(f"labels: {part} measured")
    return found
