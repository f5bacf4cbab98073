"""One run at a time: its config, its curves, their figures, its nearest configs."""
