"""The limit that the cluster is measured against: no framework, one process, threads.

Takes the same waiting generations through the same steps over the same wire: submits,
polls 25 keys a call, downloads, checks and shrinks the pictures with the same calls as
``generation/archive.py``, judges by the same rule, and leaves the same columns. What
must not be lost is committed where it must not: the claim before the paid call, its
keys, the end with its money, the archived picture. One thread has the database and
commits whatever has come in together; the others only speak to the gateway.

``python -m bench.bare`` reads a ``Course`` as JSON on stdin and writes a result.
"""
