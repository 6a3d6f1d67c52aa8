"""Language models: who may be asked, how, and what of their answers is believed."""
