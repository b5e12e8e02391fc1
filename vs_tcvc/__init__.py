"""vs-tcvc: temporally consistent colourisation of black-and-white video (TCVC, Zhang et al. 2023)."""

__version__ = "0.1.0"
