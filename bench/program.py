"""One of the portal's programs, as the supervisor starts it.

``python -m bench.program cluster|web``
"""

import os
import sys

import django


def main(name: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wjportal.settings")
    django.setup()
    from wjportal.engine import programs

    program = getattr(programs, name)(print)
    program.before_start()
    os.execv(program.command[0], program.command)


if __name__ == "__main__":
    main(sys.argv[1])
