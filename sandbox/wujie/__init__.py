"""Wujie's side of the wire: ``/wj-open/v1/…`` (contract wujie.md).

Codes are strings here, times whole seconds. Where the contract knows nothing, a comment
says what was assumed. Importing a module enters its endpoints; a new operation is one
more module in this list.
"""

from sandbox.wujie import account, catalogue, create, queue, results
from sandbox.wujie.endpoints import not_found, routes
from sandbox.wujie.results import callback

__all__ = [
    "account",
    "callback",
    "catalogue",
    "create",
    "not_found",
    "queue",
    "results",
    "routes",
]
