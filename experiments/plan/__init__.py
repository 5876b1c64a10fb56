"""Plans: what is to be coded, restored and measured, and under which keys."""
