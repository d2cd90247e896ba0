"""Writes tables.json: pairs of small tables that are made here, and what SDMetrics 0.32 makes of them.

    python make_tables.py [FOLDER]

Cells are written as gand stores them: null where there is no value, the index of a category in columns of text, and
numbers, or seconds, in the others.
"""

import json
import math
import sys
import warnings
from pathlib import Path

import numpy
import pandas
from sdmetrics.reports.single_table import QualityReport
from sdmetrics.single_column import BoundaryAdherence, CategoryAdherence

SDTYPES = {
    "categorical": "categorical", "boolean": "boolean", "ordinal": "numerical", "integer": "numerical",
    "real": "numerical", "date": "datetime", "datetime": "datetime", "time": "numerical", "constant": "numerical",
}  # fmt: skip
DAY = 86_400


def missing(random, values, share):
    """Values as float64, some of them missing."""
    return numpy.where(random.random(len(values)) < share, numpy.nan, values)


def mixed(random, count, bend):
    """Columns of every type, of which some hang together; `bend` is how far a table differs from the plain one."""
    age = random.integers(17, 90 + int(5 * bend), count)
    trade = (age // 15 + random.integers(0, 2 + int(3 * bend), count)) % 7
    pay = age * 900 + random.normal(0, 9_000 * (1 + bend), count)
    born = (20_000 - age * 365 + random.integers(0, 365, count)) * DAY
    rare = random.zipf(1.6 - 0.1 * bend, count) % 90
    return {
        "age": ("integer", age.astype(float)),
        "pay": ("real", missing(random, pay.round(2), 0.1 + 0.1 * bend)),
        "spare": ("real", numpy.where(random.random(count) < 0.6, 0, random.exponential(800 + 400 * bend, count))),
        "tiny": ("real", pay * 1e-12),
        "born": ("date", born.astype(float)),
        "seen": ("datetime", missing(random, born + pay.round() * 60, 0.05)),
        "woken": ("time", (random.integers(5, 11, count) * 3600 + trade * 900).astype(float)),
        "trade": ("categorical", missing(random, trade, 0.08 * (1 + bend))),
        "street": ("categorical", rare.astype(float)),
        "district": ("categorical", (rare % 9).astype(float)),
        "grade": ("ordinal", (trade // 2 + random.integers(0, 2, count)).astype(float)),
        "rank": ("categorical", (age // 30).astype(float)),
        "insured": ("boolean", (pay > 30_000 + 20_000 * bend).astype(float)),
        "flag": ("boolean", missing(random, age % 2, 0.3)),
        "one": ("constant", numpy.full(count, 4.0)),
        "word": ("categorical", numpy.zeros(count)),
        "still": ("integer", age.astype(float) if bend == 0 else numpy.full(count, 30.0)),
        "void": ("real", numpy.full(count, numpy.nan)),
        "half": ("real", missing(random, age * 2.0, 0.5 if bend else 0.0)),
    }


def words(random, count, bend):
    """Nothing but categories, so many that most combinations occur once."""
    first = random.integers(0, 300 + int(60 * bend), count)
    return {
        "first": ("categorical", first.astype(float)),
        "second": ("categorical", missing(random, (first * 7 + random.integers(0, 2, count)) % 290, 0.02)),
        "third": ("categorical", missing(random, first % 3, 0.2 * bend)),
    }


def figures(random, count, bend):
    """Nothing but numbers, with many ties and a far value."""
    base = random.normal(0, 1, count)
    return {
        "base": ("real", base.round(1)),
        "sum": ("real", (base + random.normal(0, 0.5 + bend, count)).round(1)),
        "mirror": ("real", -base),
        "far": ("real", numpy.where(numpy.arange(count) == 0, 1e12, base)),
    }


def frame(columns, is_text):
    """The table as SDMetrics wants it."""
    result = pandas.DataFrame()
    for name, (kind, cells) in columns.items():
        if kind in ("date", "datetime"):
            result[name] = pandas.to_datetime(pandas.Series(cells), unit="s")
        elif name in is_text:
            result[name] = pandas.Series([None if math.isnan(cell) else f"c{cell:.0f}" for cell in cells], dtype=object)
        else:
            result[name] = cells
    return result


def plain(value):
    return None if value is None or not math.isfinite(value) else float(value)


def together(row):
    """How far a pair goes together in the real table."""
    of_numbers = row["Metric"] == "CorrelationSimilarity"
    return plain(row["Real Correlation" if of_numbers else "Real Association"])


def adherence(kind, real, synthetic):
    metric = BoundaryAdherence if SDTYPES[kind] in ("numerical", "datetime") else CategoryAdherence
    return plain(metric.compute(real, synthetic))


def case(name, make, counts, seed):
    random = numpy.random.default_rng(seed)
    real, synthetic = make(random, counts[0], 0), make(random, counts[1], 0.7)
    kinds = {column: kind for column, (kind, _) in real.items()}
    is_text = {column for column, kind in kinds.items() if kind == "categorical" or column == "insured"}
    frames = [frame(table, is_text) for table in (real, synthetic)]
    metadata = {"columns": {column: {"sdtype": SDTYPES[kind]} for column, kind in kinds.items()}}
    report = QualityReport()
    report.generate(*frames, metadata, verbose=False)
    shapes, trends = report.get_details("Column Shapes"), report.get_details("Column Pair Trends")
    scores = dict(zip(report.get_properties()["Property"], report.get_properties()["Score"]))
    return {
        "name": name,
        "columns": [{"name": column, "type": kinds[column], "text": column in is_text} for column in kinds],
        "real": [[plain(cell) for cell in cells] for _, cells in real.values()],
        "synthetic": [[plain(cell) for cell in cells] for _, cells in synthetic.values()],
        "shapes": [plain(score) for score in shapes["Score"]],
        "pairs": [
            [*(list(kinds).index(row[f"Column {place}"]) for place in (1, 2)), plain(row["Score"]), together(row)]
            for _, row in trends.iterrows()
        ],
        "adherence": [adherence(kinds[column], frames[0][column], frames[1][column]) for column in kinds],
        "shape_score": plain(scores["Column Shapes"]),
        "trend_score": plain(scores["Column Pair Trends"]),
        "score": plain(report.get_score()),
    }


def main():
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    cases = [
        case("mixed", mixed, (240, 260), 1),
        case("a few rows", mixed, (7, 5), 2),
        case("words", words, (500, 450), 3),
        case("figures", figures, (150, 150), 4),
    ]
    (folder / "tables.json").write_text(json.dumps(cases, separators=(",", ":")))


if __name__ == "__main__":
    main()
