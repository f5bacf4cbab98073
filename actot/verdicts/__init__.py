"""Runs against baselines: values, seed noise, comparability, the verdict."""
