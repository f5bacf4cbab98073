"""Which folder is a run's own, and what the run is then called."""

import re

# A folder of this name, a number or a time, is one of many: the one above it is named as well.
ONE_OF_MANY = re.compile(r"(?i)(version|seed|s|v|fold|trial)?[-_ ]?\d{1,14}([-_.:t]\d{1,9}){0,6}z?")


def run_of(folders: tuple[str, ...], inside: str = "") -> tuple[str, int]:
    """(name of the run, how many of the folders are its own) of a file; `inside` matches folders within a run's own.

    Absent: ("", 0) where the file lies in no folder.
    """
    own = len(folders)
    while own > 1 and inside and re.fullmatch(inside, folders[own - 1]):
        own -= 1
    above = [f for f in folders[:own] if f.strip("/")]
    if not above:
        return "", 0
    many = len(above) > 1 and ONE_OF_MANY.fullmatch(above[-1])
    return ("/".join(above[-2:]) if many else above[-1]), own
