"""Where the first colour of a shot comes from, and how it is graded."""
