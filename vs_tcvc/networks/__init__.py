"""Networks that satisfy `vs_tcvc.core.colorizer.Colorizer`; each is imported on use."""
