"""vs-tcvc: temporally consistent colourisation of black-and-white video (TCVC, Zhang et al. 2023)."""

import logging

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())
