"""Runs gand-bench, PyTorch and JAX in turns, prints the table and writes JSON. `make bench` calls it.

Every program stays alive with its networks warm and waits on its standard input; in each round each of them trains for
about --turn seconds while all others wait, in an order that rotates. A program's figure is the median over the rounds of
its time for a step. Of each peer the fastest of all its variants counts, and each side may choose its number of threads.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))

# Multiplications and additions of the convolutions and linear layers in one step, in 1e9; docs/benchmarks.md counts them.
# "fresh": the generator runs forward twice a step; "reused": once.
GFLOP = {"ring": {"fresh": 0.106, "reused": 0.096}, "mnist-mlp": {"fresh": 0.725, "reused": 0.654},
         "dcgan-32": {"fresh": 26.3, "reused": 24.0}, "dcgan-64": {"fresh": 159.0, "reused": 145.6}}

PERCEPTRON = ["eager", "eager+joined", "eager+joined+single", "eager+joined+reused+single", "eager+joined+reused",
              "compile+joined", "compile+joined+single", "compile+joined+reused+single", "compile+joined+reused"]
CONVOLUTIONAL = ["eager", "eager+reused", "eager+channels-last", "eager+channels-last+reused",
                 "compile", "compile+reused", "compile+channels-last", "compile+channels-last+reused"]
JAX = ["jit", "jit+reused"]
VARIANTS = {"ring": PERCEPTRON, "mnist-mlp": PERCEPTRON, "dcgan-32": CONVOLUTIONAL, "dcgan-64": CONVOLUTIONAL}


class Program:
    """A program under measurement: a child process that trains when it is told to."""

    def __init__(self, name, command, log):
        self.name = name
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        self.times = []

    def run(self, steps):
        """Seconds that one step took."""
        self.child.stdin.write(f"run {steps}\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self.child.wait()}")
        self.answer = json.loads(line)
        return self.answer["seconds"] / steps

    def warm_up(self, turn):
        """Trains until kernels are chosen and compiled; then finds how many steps fill a turn."""
        self.run(2)
        step = self.run(2)
        step = self.run(max(2, min(200, int(turn / 2 / step))))
        self.steps = max(1, round(turn / step))

    def measure(self):
        # One step that doesn't count: a system short of memory may have taken what the program didn't touch while it
        # waited for its turn.
        self.run(1)
        self.times.append(self.run(self.steps))

    def close(self):
        self.child.stdin.close()
        self.child.wait()

    def result(self):
        return {"program": self.name, "milliseconds": round(statistics.median(self.times) * 1e3, 3),
                "fastest": round(min(self.times) * 1e3, 3), "slowest": round(max(self.times) * 1e3, 3),
                "rounds": len(self.times), "steps_per_round": self.steps}


def started(name, command, turn, log):
    """The program, warm; None, with a word about it, where it can't run."""
    print(f"  warming up {name} …", file=sys.stderr, flush=True)
    program = Program(name, command, log)
    try:
        program.warm_up(turn)
        return program
    except (RuntimeError, BrokenPipeError) as error:
        print(f"  left out: {error}; {log.name} has its words", file=sys.stderr)
        return None


def compare(workload, wish, log):
    threads = len(os.sched_getaffinity(0)) if wish.threads is None else wish.threads
    counts = sorted({threads, 1}, reverse=True) if workload in ("ring", "mnist-mlp") else [threads]
    ours = [(f"gand{', reused' * bool(reused)}, {count} thread{'s' * (count > 1)}",
             [wish.ours, "train", workload, "--threads", str(count), *reused])
            for count in counts for reused in ([], ["--reused"])]
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
    peers = [("PyTorch " + variant, [sys.executable, os.path.join(HERE, "pytorch.py"), workload, variant, str(threads)])
             for variant in VARIANTS[workload] if compiler or not variant.startswith("compile")]
    if VARIANTS[workload] is PERCEPTRON:
        peers += [("JAX " + variant, [sys.executable, os.path.join(HERE, "jax_peer.py"), workload, variant])
                  for variant in JAX]
    multiply = ("2048³ product", [wish.ours, "multiply", "--threads", str(threads)])

    programs = {name: started(name, command, wish.turn, log) for name, command in [multiply, *ours, *peers]}
    programs = {name: program for name, program in programs.items() if program}
    try:
        order = list(programs)
        for round_number in range(wish.rounds):
            print(f"  round {round_number + 1} of {wish.rounds}", file=sys.stderr, flush=True)
            for name in order[round_number % len(order):] + order[:round_number % len(order)]:
                programs[name].measure()
    finally:
        for program in programs.values():
            program.close()
    results = {name: program.result() for name, program in programs.items()}
    product = results.pop(multiply[0])
    return summary(workload, results, [name for name, _ in ours], 2 * 2048**3 / 1e6 / product["milliseconds"])


def summary(workload, results, our_names, product_rate):
    ours = [results[name] for name in our_names if name in results]

    def fastest(programs, fresh=False):
        return min((program for program in programs if not (fresh and "reused" in program["program"])),
                   key=lambda program: program["milliseconds"])

    def beside(peer):
        programs = [result for name, result in results.items() if name.startswith(peer + " ")]
        if not programs:
            return None

        def ratio(fresh):
            return round(fastest(programs, fresh)["milliseconds"] / fastest(ours, fresh)["milliseconds"], 3)

        return {"fastest": fastest(programs), "ratio": ratio(fresh=False), "ratio_with_fresh_fakes": ratio(fresh=True)}

    row = {"workload": workload, "ours": fastest(ours),
           "peers": {peer: found for peer in ("PyTorch", "JAX") if (found := beside(peer))},
           "product_gflops": round(product_rate, 1), "all": list(results.values())}
    for result in row["all"]:
        if workload in GFLOP:
            work = GFLOP[workload]["reused" if "reused" in result["program"] else "fresh"]
            result["gflops"] = round(work / result["milliseconds"] * 1e3, 1)
            result["share_of_product"] = round(result["gflops"] / product_rate, 3)
    return row


def print_table(rows):
    for row in rows:
        print(f"\n{row['workload']}   (2048³ product: {row['product_gflops']:.0f} GFLOP/s)")
        for result in sorted(row["all"], key=lambda result: result["milliseconds"]):
            share = f"   {result['share_of_product']:4.0%} of the product's rate" if "share_of_product" in result else ""
            print(f"  {result['program']:32} {result['milliseconds']:10.2f} ms a step"
                  f"   ({result['fastest']:.2f} … {result['slowest']:.2f}){share}")
    print(f"\n{'workload':12} {'gand':>12} {'peer':>12} {'ratio':>7} {'fresh':>7}   fastest variant")
    for row in rows:
        for found in row["peers"].values():
            peer = found["fastest"]
            print(f"{row['workload']:12} {row['ours']['milliseconds']:9.2f} ms {peer['milliseconds']:9.2f} ms"
                  f" {found['ratio']:7.2f} {found['ratio_with_fresh_fakes']:7.2f}   {peer['program']}")
    print("ratio: fastest to fastest; fresh: among those that draw new fakes for the generator's update")


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    return {"processor": model or platform.machine(), "cores": os.cpu_count(), "system": platform.platform(),
            "load_at_start": os.getloadavg()[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, help="the gand-bench executable")
    parser.add_argument("--workloads", default=",".join(VARIANTS), help="comma-separated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turn", type=float, default=3.0, help="seconds of each program in each round")
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--json", default=".build/bench.json", help="where the figures are written")
    wish = parser.parse_args()
    workloads = wish.workloads.split(",")
    unknown = [workload for workload in workloads if workload not in VARIANTS]
    if unknown:
        parser.error(f"unknown workload {unknown[0]}; there are {', '.join(VARIANTS)}")

    report = {"machine": machine(), "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "workloads": []}
    with open(wish.json + ".log", "w") as log:
        for workload in workloads:
            print(workload, file=sys.stderr)
            report["workloads"].append(compare(workload, wish, log))
    with open(wish.json, "w") as file:
        json.dump(report, file, indent=2)
    print_table(report["workloads"])
    print(f"\nAll figures: {wish.json}")


main()
