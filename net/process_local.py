"""Objects created once per process: a fork must not share connections."""

import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def process_local(make: Callable[P, T]) -> Callable[P, T]:
    """Cache ``make`` per process and positional arguments; thread-safe."""
    made: dict[tuple[object, ...], T] = {}
    lock = threading.Lock()

    @wraps(make)
    def cached(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (os.getpid(), *args)
        if key not in made:
            with lock:
                if key not in made:
                    made[key] = make(*args, **kwargs)
        return made[key]

    return cached
