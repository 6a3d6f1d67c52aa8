"""From values to colours: settings, quantisation, lookup tables, JPEG."""
