"""A stand-in for two image gateways: their wire format over real HTTP.

``python -m sandbox``. It shares no code with the portal: tests compare two independent
readings of the contract.

``server`` reads a request, a family module (``wujie``, ``jumdata``, ``cdn``, ``admin``)
answers, ``faults`` may change the answer, ``book`` keeps the jobs.
"""
