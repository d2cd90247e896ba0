"""Writes a table of mixed types to measure speed on: python wide_table.py [ROWS] [COLUMNS] > wide.csv

Half of the columns are numbers, skewed, of several peaks or whole; the others words of 2 to 40 values, and two of them of
5,000 values, some much commoner than others. All hang together by a few numbers that aren't in the table.
"""

import sys

import numpy
import pandas


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    columns = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    random = numpy.random.default_rng(0)
    hidden = random.normal(size=(rows, 4))
    table = {}
    for number in range(columns // 2):
        value = hidden @ random.normal(size=4) + random.normal(size=rows)
        table[f"number_{number}"] = [numpy.exp(value / 2).round(3), (value + 4 * (value > 1)).round(3),
                                     (10 * value).round().astype(int)][number % 3]
    for number in range(columns - columns // 2):
        count = 5_000 if number < 2 else 2 + number * 38 // columns
        order = (hidden @ random.normal(size=4) + random.normal(size=rows)).argsort().argsort() / rows
        values = (count * order ** 3).astype(int)
        table[f"word_{number}"] = numpy.char.add("v", values.astype(str))
    pandas.DataFrame(table).to_csv(sys.stdout, index=False)


main()
