"""English: as the product's own pages write a moment, with its zone."""

DATETIME_FORMAT = "M j, Y, H:i e"
