"""A plugin that shows what the common library does with each kind of request and job."""
