"""What every program needs around the core: threads, complete files, exit codes, progress."""
