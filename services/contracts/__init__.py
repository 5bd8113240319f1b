"""The Python face of `schemas/`: types only, equal field by field to the newest `.avsc`."""
