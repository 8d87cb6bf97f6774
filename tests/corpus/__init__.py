"""PDFs made from known texts by many producers, the truth about each, and the measure of what a reader makes of them."""
