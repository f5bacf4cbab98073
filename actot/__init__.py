"""actot: are the new runs better, what made them worse, what to run next. Start at `actot/study.py`."""

__version__ = "0.1.0"
