"""The wire: its grammar, its shapes, and what is built of rows. Who asks, and what they may see, is decided in labeling's API."""
