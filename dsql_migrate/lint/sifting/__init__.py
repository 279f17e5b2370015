"""What of the findings is told: selection, ignore comments, the baseline, what has changed since a revision."""
