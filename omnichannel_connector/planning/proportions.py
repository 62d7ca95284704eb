"""How sure a proportion is, and the difference of two, also where numbers are small."""

from math import sqrt

Z_95 = 1.959963984540054  # 95 of 100 such intervals have the true value in them


def wilson(hits, total, z=Z_95):
    """Return (low, high) of a proportion, by Wilson's score interval; (0, 1) of nothing.

    https://doi.org/10.1080/01621459.1927.10502953
    """
    if not total:
        return 0.0, 1.0
    share, square = hits / total, z * z
    centre = share + square / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def newcombe(hits, total, other_hits, other_total, z=Z_95):
    """Return (low, high) of how much higher the first proportion is than the other.

    Newcombe's hybrid score interval, his method 10. It has 0 in it when the two may be the same.
    https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8%3C873::AID-SIM779%3E3.0.CO;2-I
    """
    if not total or not other_total:
        return -1.0, 1.0
    share, other_share = hits / total, other_hits / other_total
    low, high = wilson(hits, total, z)
    other_low, other_high = wilson(other_hits, other_total, z)
    difference = share - other_share
    return (
        difference - sqrt((share - low) ** 2 + (other_high - other_share) ** 2),
        difference + sqrt((high - share) ** 2 + (other_share - other_low) ** 2),
    )
