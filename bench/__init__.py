"""What the project costs in seconds, bytes and memory, beside what one would do without it: `python -m bench`."""
