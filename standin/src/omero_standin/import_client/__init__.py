"""What `omero import` starts, in Python: OMERO's own import client is Java that no registry has.

omero-py's command `omero import` looks for jars and runs `java … CommandLineImporter …`. `install`
puts a folder where it finds both: a jar without content, and a program `java` that is `program.py`.
Everything on either side of it stays as it is: clients, the command, the server.
"""
