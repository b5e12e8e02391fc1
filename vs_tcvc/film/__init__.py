"""Work on a film that has a project: made, rendered, looked at."""
