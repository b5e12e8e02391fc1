"""Face of compositors: numbered pictures, the worker and the Resolve watcher."""
