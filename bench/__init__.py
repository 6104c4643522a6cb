"""Benchmarks of the portal: one module a group, each makes its own data in a scratch
folder. They run the real programs against the sandbox; start them with script/bench.
"""
