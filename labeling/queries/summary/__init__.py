"""What the labels of a period add up to. Each number comes with the filter that lists exactly its sessions."""
