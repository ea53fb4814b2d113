"""Files that hold sessions or labels: found out what they are, and read row by row in constant memory. Knows no database."""
