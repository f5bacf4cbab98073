"""What made a regressed run worse: who moved which knob, and how it came out."""
