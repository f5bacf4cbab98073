"""Reading many runs at once: in threads here, or on the workers of a cluster."""
