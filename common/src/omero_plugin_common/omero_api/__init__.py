"""What plugins and jobs ask of OMERO: queries, commands, files, users, passwords."""
