"""Network ground: deadlines, pinned public addresses, one client per process."""
