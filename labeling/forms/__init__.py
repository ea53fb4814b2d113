"""Forms, by subject: clean types out, one sentence per mistake."""
