"""A stand-in for two image gateways that speaks their wire format over real HTTP.

Start it with ``python -m sandbox``. It shares no code with the portal: what the portal
believes about a gateway is tested against a second reading of the same contract.

What happens to a request: ``server`` reads it, ``faults`` may spoil it, a family module
(``wujie``, ``jumdata``, ``cdn``, ``admin``) answers it, ``jobs`` keeps the books.
"""
