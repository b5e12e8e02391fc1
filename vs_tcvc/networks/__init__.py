"""Networks that satisfy `vs_tcvc.colorizer.Colorizer`; each is imported on use."""
