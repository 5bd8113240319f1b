"""One module per planted bug; the package's docstring above says how they are written."""
