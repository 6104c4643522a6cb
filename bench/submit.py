"""How near the cluster comes to a bare script: CPU, rate, polls, lag and growth."""

from pathlib import Path


def run(folder: Path, say, sizes=None):
    return {}
