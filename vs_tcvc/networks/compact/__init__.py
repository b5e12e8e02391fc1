"""The compact network: C1, S and C2 of TCVC (Zhang et al. 2023), small enough for a laptop's CPU."""
