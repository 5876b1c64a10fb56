"""Results: from run folders to the tables of points and frames."""
