"""The networks of the TCVC paper as its authors built them (Zhang et al. 2023), for weights in their layout."""
