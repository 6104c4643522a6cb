"""``python -m sandbox``: run the sandbox until SIGINT or SIGTERM."""

import argparse
import contextlib
import errno
import signal
import sys
from pathlib import Path

from sandbox import wujie
from sandbox.auth import Credentials
from sandbox.core import Sandbox
from sandbox.server import Server


def main() -> int:
    options = _options()
    try:
        credentials = Credentials.read(options.credentials)
    except (OSError, ValueError, KeyError) as error:
        return _fail(f"cannot read the credentials: {options.credentials}: {error!r}")
    sandbox = Sandbox(options.data_dir, credentials)
    try:
        server = Server((options.host, options.port), sandbox)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _fail(f"{options.host}:{options.port} is already in use")
        return _fail(f"cannot listen on {options.host}:{options.port}: {error}")
    sandbox.callbacks.payload = lambda job, now: wujie.callback(sandbox, job, now)
    sandbox.callbacks.start()
    # Both end ``serve_forever`` in the main thread.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.stdout.write(
        f"wjportal sandbox gateway listens on"
        f" http://{options.host}:{server.server_port}\n"
    )
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.1)
    for number in (signal.SIGINT, signal.SIGTERM):  # ignored while stopping
        signal.signal(number, signal.SIG_IGN)
    server.server_close()
    sandbox.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001, help="0 chooses a free one")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    return parser.parse_args()


def _fail(text: str) -> int:
    sys.stderr.write(f"sandbox: {text}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
