"""Distances on the earth."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""

KM_PER_DEGREE = 111.2
"""Length of one degree along a meridian on that sphere, rounded up."""


def distance_km(latitude: float, longitude: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle (haversine) distance of two places given in degrees, in kilometres."""
    phi, phi_b = radians(latitude), radians(latitude_b)
    north = sin((phi_b - phi) / 2)
    east = sin(radians(longitude_b - longitude) / 2)
    chord = north * north + cos(phi) * cos(phi_b) * east * east
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(chord, 1.0)))


def surely_within_km(
    limit_km: float, latitude: float, longitude: float, latitude_b: float, longitude_b: float
) -> bool:
    """True only if the places are at most `limit_km` apart; cheap, and may miss some that are."""
    side = limit_km / KM_PER_DEGREE / 1.4143
    return abs(latitude - latitude_b) <= side and abs(longitude - longitude_b) <= side
