"""An assistant proposes edits to files, and learns from which ones a person accepts."""
