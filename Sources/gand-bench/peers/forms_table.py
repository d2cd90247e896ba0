"""Writes a table whose values are all written in one form, for `gand-bench read`.

    forms_table.py FORM ROWS COLUMNS > table.csv

FORM is one of plain, money, thousands, words, clock, epoch, iso. A tenth of the columns are words of 50 kinds.
"""

import datetime
import random
import sys

FIRST = 1_577_836_800  # 2020-01-01


def words(time):
    return time.strftime("%d-%b-%Y")


FORMS = {
    "plain": lambda: f"{random.uniform(-1000, 1000):.4f}",
    "money": lambda: f'"${random.uniform(1, 99_999):,.2f}"',
    "thousands": lambda: f'"{random.randrange(1, 9_999_999):,}"',
    "words": lambda: words(datetime.datetime.fromtimestamp(FIRST + random.randrange(10**8), datetime.UTC)),
    "clock": lambda: datetime.datetime.fromtimestamp(FIRST + random.randrange(10**8), datetime.UTC).strftime(
        "%m/%d/%Y %I:%M:%S %p"
    ),
    "epoch": lambda: str(FIRST + random.randrange(10**8)),
    "iso": lambda: datetime.datetime.fromtimestamp(FIRST + random.randrange(10**8), datetime.UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    ),
}


def main():
    form, rows, columns = FORMS[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
    random.seed(1)
    names = [f"v{column}" for column in range(columns)]
    print(",".join(names))
    # Rows of a pool of so many values a column, each its own: drawing each anew would take an hour.
    pool = [form() for _ in range(200_003)]
    kinds = [f"kind {kind}" for kind in range(50)]
    place = 0
    for row in range(rows):
        fields = []
        for column in range(columns):
            if column % 10 == 9:
                fields.append(kinds[(row * 7 + column) % 50])
            else:
                place = (place + 7919) % len(pool)
                fields.append(pool[place])
        print(",".join(fields))


if __name__ == "__main__":
    main()
