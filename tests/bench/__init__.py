"""`make bench`: how long pages take, over real HTTP, on a small and on a large database. Not part of the tests."""
