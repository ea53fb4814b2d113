// The transcript: its current turn, its problems, the search in it.
