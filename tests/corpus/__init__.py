"""PDFs of known text by many producers, the truth about each, and the measure of what a reader makes of them."""
