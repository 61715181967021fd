"""The parcel arrived: scans, counts, grades, and what becomes of each piece."""
