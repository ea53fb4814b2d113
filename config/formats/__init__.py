"""How moments are written where nothing else is said, as in the lists of the admin."""
