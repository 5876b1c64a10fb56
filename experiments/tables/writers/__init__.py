"""A table in its six forms: CSV, Markdown, LaTeX, HTML, on a terminal, and in Excel."""
