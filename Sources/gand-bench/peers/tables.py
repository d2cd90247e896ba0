"""What synthetic rows are worth, ours and CTGAN's, on one split of one table.

    python tables.py FILE --ours .build/release/gand-bench [--out FOLDER] [--seeds 1,2,3] [--threads 1]
        [--makers auto,ctgan,CTGAN]

A fifth of the rows are set aside for the judge (table_scores.py), whom all rows else are for: `auto` and `ctgan` are
gand's presets, `CTGAN` is CTGAN's own program with its defaults, 300 epochs. gand trains on nine tenths of them, as it holds
a tenth back to measure by. Each makes as many rows as it was given. Seconds are those of the processor, all threads
together, so that with one thread it doesn't matter what else runs. What is in the folder already isn't made again.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import numpy
import pandas

HERE = os.path.dirname(os.path.abspath(__file__))
MAKERS = ["auto", "ctgan", "CTGAN"]


def split(path, folder):
    table = pandas.read_csv(path, skipinitialspace=True, keep_default_na=False)
    order = numpy.random.RandomState(0).permutation(len(table))
    kept = len(table) - len(table) // 5
    for name, rows in (("train.csv", order[:kept]), ("test.csv", order[kept:])):
        table.iloc[rows].to_csv(os.path.join(folder, name), index=False)
    return kept


def ctgan(train, out, seed, threads):
    """A process of its own makes the rows, so that its time and memory are the library's."""
    import torch
    from ctgan import CTGAN
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(threads)
    threadpool_limits(threads)
    torch.manual_seed(seed)
    numpy.random.seed(seed)
    table = pandas.read_csv(train, keep_default_na=False)
    model = CTGAN(enable_gpu=False)
    model.fit(table, list(table.select_dtypes(exclude="number")))
    model.sample(len(table)).to_csv(out, index=False)


def made(maker, seed, count, wish):
    """Makes rows, where they aren't there, and says what time and memory that took."""
    out = os.path.join(wish.out, f"{maker}-{seed}.csv")
    record = out.removesuffix(".csv") + ".json"
    if not os.path.exists(record):
        train = os.path.join(wish.out, "train.csv")
        if maker == "CTGAN":
            command = [sys.executable, __file__, train, "--peer", out, "--seeds", str(seed), "--threads", str(wish.threads)]
        else:
            command = [wish.ours, "table", train, "--threads", str(wish.threads), "--rows", str(count), "--out", out,
                       "--spec", json.dumps({"preset": maker, "seed": seed})]
        with open(out.removesuffix(".csv") + ".log", "wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"tables: {maker} failed; see {log.name}")
        with open(record, "w") as file:
            json.dump({"seconds": usage.ru_utime + usage.ru_stime, "peak_mebibytes": usage.ru_maxrss / 1024}, file)
    with open(record) as file:
        return out, json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--ours")
    parser.add_argument("--out", default=".build/tables")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--makers", default=",".join(MAKERS))
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    wish = parser.parse_args()
    seeds = [int(seed) for seed in wish.seeds.split(",")]
    if wish.peer:
        ctgan(wish.table, wish.peer, seeds[0], wish.threads)
        return
    os.makedirs(wish.out, exist_ok=True)
    count = split(wish.table, wish.out)
    files = {}
    for seed in seeds:
        for maker in wish.makers.split(","):
            files[maker, seed] = made(maker, seed, count, wish)
            print(maker, seed, files[maker, seed][1], file=sys.stderr, flush=True)
    judge = [sys.executable, os.path.join(HERE, "table_scores.py"), *(os.path.join(wish.out, name) for name in
             ("train.csv", "test.csv")), *(path for path, _ in files.values()), "--seeds", "3"]
    lines = subprocess.run(judge, check=True, capture_output=True, text=True).stdout.splitlines()
    scores = {line["table"]: line for line in map(json.loads, filter(lambda line: line.startswith("{"), lines))}
    real = scores[os.path.join(wish.out, "train.csv")]
    print("| rows of | F1 | quality | column shapes | pair trends | processor seconds | MiB at most |\n|---|---|---|---|---|---|---|")
    print(f"| real | {real['f1']:.3f} | | | | | |")
    for maker in wish.makers.split(","):
        def figure(values, digits):
            mean, spread = statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0
            return f"{mean:,.{digits}f}±{spread:.{digits}f}"

        own = [(scores[path], usage) for (name, _), (path, usage) in files.items() if name == maker]
        cells = [figure([score[name] for score, _ in own], 3)
                 for name in ("f1", "quality", "column_shapes", "column_pair_trends")]
        cells += [figure([usage[name] for _, usage in own], 0) for name in ("seconds", "peak_mebibytes")]
        print(f"| {maker} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
