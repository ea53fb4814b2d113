"""What somebody would have in an afternoon: Django's own admin over the same tables. Measured beside ours, and no part of it."""
