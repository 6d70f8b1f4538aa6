"""echodetect: near-identical messages over many timelines, and how saturated their shared audience is."""

from echodetect.audience import Audience
from echodetect.candidates import Search
from echodetect.detect import detect
from echodetect.errors import (
    ColumnNotFoundError,
    ColumnTypeError,
    EchodetectError,
    ParameterError,
    UnreadTimesWarning,
)
from echodetect.minhash import minhash
from echodetect.report import Cluster, Post, Report
from echodetect.sample import sample
from echodetect.saturation import saturation
from echodetect.simulate import simulate
from echodetect.text import fold

__version__ = "0.1.0"

__all__ = [
    "Audience",
    "Cluster",
    "ColumnNotFoundError",
    "ColumnTypeError",
    "EchodetectError",
    "ParameterError",
    "Post",
    "Report",
    "Search",
    "UnreadTimesWarning",
    "detect",
    "fold",
    "minhash",
    "sample",
    "saturation",
    "simulate",
]
