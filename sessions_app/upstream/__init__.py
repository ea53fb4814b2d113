"""The only code that talks to the vendor, through the vendor's own SDK."""
