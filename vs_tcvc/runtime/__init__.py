"""What every program needs around the core: threads, whole files, exit codes, progress."""
