"""Posts that several tests read: one message in several forms, one repeated, and some that are neither."""

from __future__ import annotations

import datetime as dt

UTC = dt.UTC
NINE = dt.datetime(2025, 3, 3, 9, tzinfo=UTC)
MESSAGE = "Join us on Friday at noon for the opening of our new repair workshop"
OTHER = "My train is stuck between two stations and nobody can tell us for how long"


def post(author, minutes, text):
    at = None if minutes is None else NINE + dt.timedelta(minutes=minutes)
    return {"author": author, "posted_at": at, "text": text}


ROWS = [
    post("eve", None, MESSAGE.upper()),
    post("ann", 0, MESSAGE),
    post("bob", 10, f"{MESSAGE} https://sho.rt/b #repair"),
    post(None, 15, "Good morning"),
    post("cy", 20, f"So very proud of this whole small team of ours, and\nlook: {MESSAGE}"),
    post("dee", 30, "Join us on Friday at noon for the opening of our new… https://sho.rt/d"),
    post("gus", 35, None),
    post("ann", 100, OTHER),
    post("bob", 110, OTHER),
]
