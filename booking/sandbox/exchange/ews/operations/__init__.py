"""One module for each family of operations. Each is a function from a call to the answer's element."""
