"""A picture of a spectrum with its elements named."""

from omeroweb_upload.figure.drawing import Curve, Label, Picture, draw

__all__ = ["Curve", "Label", "Picture", "draw"]
