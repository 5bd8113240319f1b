"""The places of the country: prescribers and pharmacies with their traffic, and abuse by them."""
