"""Pictures, clips and films to measure on and to train on."""
