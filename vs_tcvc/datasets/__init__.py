"""Pictures, clips and films to measure on and to learn from."""
