"""Distributions and intervals: numbers in, numbers out, no profile."""
