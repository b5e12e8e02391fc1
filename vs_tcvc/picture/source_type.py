"""What a picture whose colour a trained network made is called in catalogues and metadata."""

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's Digital Source Type of a picture to which a trained model has added something: here, its colour."""
