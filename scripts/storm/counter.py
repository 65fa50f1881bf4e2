"""An agent of the storm in Python."""

import time


def count(given):
    """Adds one, after a while."""
    time.sleep(0.03)
    return {"total": given["total"] + 1}
