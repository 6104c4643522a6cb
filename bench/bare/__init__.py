"""The yardstick of the cluster: one process with threads, without a framework.

The same steps over the same wire: submits, polls 25 keys a call, downloads, checks and
scales with the calls of ``generation/archive.py``, judges by the same rule, writes the
same columns. The same commit points: the claim before the paid call, its keys, the end
with its settlement, the archived picture. One thread has the database and commits a
turn's outcomes together; the others call the gateway.

``python -m bench.bare`` reads a ``Course`` as JSON on stdin and writes a result.
"""
