"""Files that are made of images: OME-XML and OME-TIFF."""
