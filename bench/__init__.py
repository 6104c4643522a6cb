"""Benchmarks of the portal, one module a group; start them with script/bench.

Real programs against the sandbox, with their own data in a scratch folder.
"""
