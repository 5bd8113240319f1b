"""Sample data of the country pack and the generator of its facilities."""
