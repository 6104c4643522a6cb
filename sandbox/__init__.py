"""A stand-in for two image gateways: their wire format over real HTTP.

Start it with ``python -m sandbox``. It shares no code with the portal, so tests compare
two independent readings of the contract.

The way of a request: ``server`` reads it, a family module (``wujie``, ``jumdata``,
``cdn``, ``admin``) answers it, ``faults`` may change the answer, ``book`` keeps the
jobs.
"""
