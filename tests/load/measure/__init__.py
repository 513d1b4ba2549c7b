"""What the comparison is made of: processes, data sets, runs, figures. Standard library only."""
