"""Face of compositors: numbered pictures, the worker and what watches Resolve."""
