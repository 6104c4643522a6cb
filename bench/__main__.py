"""``python -m bench [GROUP…] [--json FILE]``: see script/bench."""

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import gallery, labels, pipeline, report, review, spend, submit, web

#: Takes a scratch folder, and a function for progress.
Group = Callable[[Path, Callable[[str], None]], dict[str, float]]
GROUPS: Mapping[str, Group] = {
    "pipeline": pipeline.run,
    "submit": submit.run,
    "review": review.run,
    "spend": spend.run,
    "gallery": gallery.run,
    "labels": labels.run,
    "web": web.run,
}


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    # As Ctrl-C: every started program is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    measured: dict[str, float] = {}
    failed = []
    for name in options.groups or GROUPS:
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(
                prefix=f"wjportal-bench-{name}-"
            ) as folder:
                measured |= GROUPS[name](Path(folder), _say)
        except Exception:
            traceback.print_exc()
            failed.append(name)
        _say(f"{name}: {time.monotonic() - began:.0f} s")
    sys.stdout.write(report.table(measured))
    if options.json:
        options.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    for name in failed:
        _say(f"FAILED: {name}")
    return 1 if failed else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    return options


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
