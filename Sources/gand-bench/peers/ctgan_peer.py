"""CTGAN's side of the benchmark: its own networks on the Adult table, batches of 500, 10 rows to a verdict.

Run by compare.py as pytorch.py is; a step is an epoch. By hand: echo run 2 | python ctgan_peer.py adult.csv

Columns of text are discrete. Beside the time of its epochs an answer has "fitting_seconds": from the call of `fit` to
its first epoch, in which the transforms are fitted and the rows are transformed.
"""

import json
import sys
import time

import pandas
import torch
from ctgan import CTGAN
from ctgan.synthesizers import ctgan as library
from threadpoolctl import threadpool_limits


def main():
    if len(sys.argv) > 2:
        torch.set_num_threads(int(sys.argv[2]))
        threadpool_limits(int(sys.argv[2]))  # of the transforms
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    table = pandas.read_csv(sys.argv[1])
    discrete = list(table.select_dtypes(exclude="number"))
    called = time.perf_counter()

    def epochs(planned, **_):
        """Stands in for the progress bar that `fit` takes its epochs from: as many as asked for, when asked."""
        fitting = time.perf_counter() - called
        for line in sys.stdin:
            count = int(line.split()[1])
            start = time.perf_counter()
            yield from range(count)
            seconds = time.perf_counter() - start
            print(json.dumps({"steps": count, "seconds": seconds, "fitting_seconds": fitting}), flush=True)

    library.tqdm = epochs
    CTGAN(batch_size=500, pac=10, enable_gpu=False).fit(table, discrete)


main()
