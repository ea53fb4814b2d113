"""The vendor's own SDK against a running server of ours."""
