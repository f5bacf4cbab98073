"""Work spread over the cores of this machine."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor


def processes() -> ProcessPoolExecutor:
    """A process for every core. Not forked: a test run has threads."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(os.cpu_count(), mp_context=context)
