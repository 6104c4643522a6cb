"""Mutants: plausible mistakes in the code, and the tests that must catch each."""
