"""Which worker of pytest-xdist runs which test.

pytest-xdist 3.8 marks groups by writing ``@group`` behind node ids, which pytest 9.2
does not read again: ``--dist loadgroup`` groups nothing. Here a path tells the group.
"""

from xdist.scheduler import LoadScopeScheduling

#: Tests that start browsers, or whole portals: two of one group starve each other.
GROUPS = {
    "tests/browser/": "browsers",
    "tests/faults/": "portals",
    "tests/wjportal/test_portal_command.py": "portals",
}


def group(nodeid: str) -> str:
    """The tests of one group follow each other on one worker."""
    return next((GROUPS[path] for path in GROUPS if nodeid.startswith(path)), nodeid)


class Scheduling(LoadScopeScheduling):
    """Each test goes to whichever worker is free; but a group stays on one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
