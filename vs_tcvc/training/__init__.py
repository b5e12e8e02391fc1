"""Training of the networks; imported by the command line alone."""
