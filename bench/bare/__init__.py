"""The yardstick of the cluster: one process with threads, without a framework.

Takes queued generations through the same steps over the same wire: submits, polls 25
keys a call, downloads, checks and scales the pictures with the calls of
``generation/archive.py``, judges by the same rule, and writes the same columns. Commits
come at the same points: the claim before the paid call, its keys, the end with its
settlement, the archived picture. One thread has the database and commits all outcomes
of a turn together; the others call the gateway.

``python -m bench.bare`` reads a ``Course`` as JSON on stdin and writes a result.
"""
