"""Our speed beside that of PyTorch, JAX and CTGAN, in turns on one machine. `make bench` calls it.

Its parts: "training" runs every workload by gand-bench and by the peers' programs (turns.py), of which the fastest of
all variants counts, and each side may choose its number of threads; "start", "sampling" and "service" measure the
server (service.py). The whole is done --runs times. The runs are written as JSON, which report.py makes tables of.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from itertools import product

import report
import service
from report import plural
from turns import in_turns, milliseconds

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = ["training", "sampling", "service", "start"]


def variants(*choices):
    """Every way to take one word of each choice."""
    return ["+".join(filter(None, words)) for words in product(*choices)]


# Of PyTorch's variants those that have ever led or come near it: items of both kinds in two batches, and images in NCHW
# order without anything reused, were behind in every run.
PERCEPTRON = ["eager+joined", *variants(["eager+joined+reused", "compile+joined+reused"], ["", "single"])]
CONVOLUTIONAL = ["eager+reused", "eager+channels-last", "eager+channels-last+reused", "compile+channels-last+reused"]
JAX = ["jit", "jit+reused"]
VARIANTS = {"ring": PERCEPTRON, "mnist-mlp": PERCEPTRON, "dcgan-32": CONVOLUTIONAL, "dcgan-64": CONVOLUTIONAL}
BF16 = [name + "+bf16" for name in CONVOLUTIONAL]

# On a GPU every plain variant is far behind a captured one.
CUDA_PERCEPTRON = ["eager+joined+reused", "compile+joined+reused",
                   *variants(["graph", "compile+graph"], ["joined+reused+tf32"])]
CUDA_CONVOLUTIONAL = variants(["eager", "compile", "graph", "compile+graph"], ["channels-last+reused+tf32"]) \
    + ["graph+reused+tf32"]
CUDA_BF16 = variants(["eager", "graph", "compile+graph"], ["bf16+channels-last+reused"])


def peer(program, *words):
    return [sys.executable, os.path.join(HERE, program), *map(str, words)]


def our_commands(workload, precision, wish, threads):
    """Ours, and for each number of threads the matrix product beside whose rate its work is held."""
    options = ["--device", wish.device] if wish.device != "cpu" else []
    # Not said where it is the default, which every gand-bench takes.
    options += ["--precision", precision] if precision != "fp32" else []
    counts = sorted({threads, 1}, reverse=True) if is_perceptron(workload) and wish.device == "cpu" else [threads]
    commands = {
        f"{report.PRODUCT}, {plural(count, 'thread')}": [wish.ours, "multiply", "--threads", str(count), *options]
        for count in counts}
    return commands | {
        f"gand{', reused' * bool(reused)}, {plural(count, 'thread')}":
            [wish.ours, "train", workload, "--threads", str(count), *options, *reused]
        for count in counts for reused in ([], ["--reused"])}


def is_perceptron(workload):
    return VARIANTS[workload] is PERCEPTRON


def rows(workload, wish, log):
    """A row in float32, and for convolutions one in bfloat16 where the machine computes in it."""
    threads = wish.threads or len(os.sched_getaffinity(0))
    on_gpu = wish.device != "cpu"
    compiler = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")

    def row(precision, names, others):
        print(f"{workload}, {precision}", file=sys.stderr)
        kept = [name for name in names if compiler or "compile" not in name]
        commands = our_commands(workload, precision, wish, threads) | {
            "PyTorch " + name: peer("pytorch.py", workload, name, threads, wish.device) for name in kept} | others
        programs, left_out = in_turns(commands, wish.rounds, wish.turn, log)
        if len(kept) < len(names):
            left_out["PyTorch compile"] = "there is no C++ compiler"
        return {"workload": workload, "precision": precision, "programs": programs, "left_out": left_out}

    if is_perceptron(workload):
        jax = {} if on_gpu else {"JAX " + name: peer("jax_peer.py", workload, name) for name in JAX}
        yield row("fp32", CUDA_PERCEPTRON if on_gpu else PERCEPTRON, jax)
        return
    fp32 = row("fp32", CUDA_CONVOLUTIONAL if on_gpu else CONVOLUTIONAL, {})
    yield fp32
    if on_gpu or has_bf16():
        # PyTorch's fastest of all counts, so that its fastest in float32 run along.
        torch = {name: result for name, result in fp32["programs"].items() if name.startswith("PyTorch ")}
        fresh = {name: result for name, result in torch.items() if "reused" not in name}
        fastest = {min(some, key=lambda name: milliseconds(some[name])) for some in (torch, fresh) if some}
        names = [name.removeprefix("PyTorch ") for name in sorted(fastest)]
        yield row("bf16", (CUDA_BF16 if on_gpu else BF16) + names, {})


def adult(wish, log):
    row = {"workload": "adult", "precision": "fp32", "programs": {}, "left_out": {}}
    print("adult", file=sys.stderr)
    if wish.adult is None:
        row["left_out"] = {name: "no table was given (--adult FILE)" for name in ("gand", "CTGAN")}
        print(f"  left out: {row['left_out']['CTGAN']}", file=sys.stderr)
        return row
    threads = sorted({wish.threads or len(os.sched_getaffinity(0)), 1}, reverse=True)
    commands = {f"CTGAN, {plural(count, 'thread')}": peer("ctgan_peer.py", wish.adult, count) for count in threads}
    # The paper's networks, objective and batch, whose speed is compared; auto's are others.
    commands |= {
        f"gand, {plural(count, 'thread')}": [
            wish.ours, "table", wish.adult, "--epochs", "--threads", str(count), "--spec", '{"preset":"ctgan","seed":1}']
        for count in threads}
    row["programs"], left_out = in_turns(commands, wish.rounds, wish.turn, log)
    row["left_out"] |= left_out
    return row


def has_bf16():
    with open("/proc/cpuinfo") as file:
        return not {"avx512_bf16", "amx_bf16"}.isdisjoint(file.read().split())


def machine(device):
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    found = {"processor": model or platform.machine(), "cores": len(os.sched_getaffinity(0)),
             "system": platform.platform(), "load_at_start": os.getloadavg()[0], "bf16": has_bf16()}
    if device != "cpu":
        found["gpu"] = said_by("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    return found


def versions():
    found = {"gand": said_by("git", "-C", HERE, "describe", "--always", "--dirty"), "Python": platform.python_version()}
    for name, package in {"PyTorch": "torch", "JAX": "jax", "CTGAN": "ctgan"}.items():
        try:
            found[name] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def said_by(*command):
    """The first line of a program's output; nothing where there is no such program."""
    try:
        said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    except OSError:
        said = ""
    return said.partition("\n")[0]


def run(wish, log, save):
    """One run of all that is wished for. What is there of it is saved after each step, as the whole takes long."""
    record = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "device": wish.device,
              "machine": machine(wish.device), "versions": versions(), "rounds": wish.rounds, "turn_seconds": wish.turn,
              "training": [], "left_out": {}}

    def measured(part, measure):
        if part in wish.parts:
            try:
                record[part] = measure()
            except (RuntimeError, OSError, ValueError) as error:
                record["left_out"][part] = str(error)
                print(f"  left out: {part}: {error}", file=sys.stderr)
            save(record)

    if "training" in wish.parts:
        for workload in wish.workloads:
            for row in [adult(wish, log)] if workload == "adult" else rows(workload, wish, log):
                record["training"].append(row)
                save(record)
    measured("start", lambda: service.start(wish.gand))
    measured("sampling", lambda: service.sampling(wish.gand, wish.ours, wish.rounds))
    measured("service", lambda: service.service(wish.gand, max(1, min(2, round(wish.turn)))))


def wishes():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    workloads = [*VARIANTS, "adult"]
    parser.add_argument("--ours", required=True, help="the gand-bench executable")
    parser.add_argument("--gand", help="the gand executable, for all parts but training")
    parser.add_argument("--parts", help=f"comma-separated, of {', '.join(PARTS)}; default: all, on a GPU training")
    parser.add_argument(
        "--workloads", help=f"comma-separated, of {', '.join(workloads)}; default: all, on a GPU without adult")
    parser.add_argument("--runs", type=int, default=1, help="times that the whole is measured; a figure is the median")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turn", type=float, default=3.0, help="seconds of each program in each round")
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda:0 for ours and PyTorch's on a GPU")
    parser.add_argument("--adult", metavar="FILE", help="the Adult table as CSV with a heading, for the workload adult")
    parser.add_argument("--json", help=f"where the runs are written; default: {report.JSON}, with the tables of"
                        f" {report.PAGE}, where all is measured, and otherwise .build/bench.json")
    wish = parser.parse_args()

    whole = wish.parts is None and wish.workloads is None
    wish.json = wish.json or (report.JSON if whole else ".build/bench.json")
    on_gpu = wish.device != "cpu"

    def chosen(text, known, default):
        names = text.split(",") if text else default
        unknown = [name for name in names if name not in known]
        if unknown:
            parser.error(f"there is no {unknown[0]}, but {', '.join(known)}")
        return names

    wish.parts = chosen(wish.parts, PARTS, ["training"] if on_gpu else PARTS)
    wish.workloads = chosen(wish.workloads, workloads, list(VARIANTS) if on_gpu else workloads)
    if wish.parts != ["training"] and wish.gand is None:
        parser.error("--gand is needed for all parts but training")
    return wish


def main():
    wish = wishes()
    runs = []
    # What was measured on another device stays.
    earlier = report.read(report.JSON) if wish.json == report.JSON else []
    earlier = [run for run in earlier if run["device"] != wish.device]
    os.makedirs(".build", exist_ok=True)
    with open(".build/bench.log", "w") as log:
        for number in range(wish.runs):
            print(f"run {number + 1} of {wish.runs}", file=sys.stderr)
            run(wish, log, lambda record: report.write(wish.json, earlier + runs + [record]))
            runs = report.read(wish.json)[len(earlier):]
    report.print_programs(runs)
    print("\n" + report.text(runs))
    if wish.json == report.JSON:
        report.rewrite_page(earlier + runs)
    print(f"All figures: {wish.json}")


main()
