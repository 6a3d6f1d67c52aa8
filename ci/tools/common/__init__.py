"""What the installer and the local cluster both need: folders, commands, locks, words."""
