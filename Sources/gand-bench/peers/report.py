"""The tables of what compare.py has measured.

A file of runs is {"figures": …, "runs": […]}; the figures follow from the runs. By hand, to put runs together that were
made at different times or on different machines, and to write the tables of docs/benchmarks.md from all of them:

    python Sources/gand-bench/peers/report.py docs/benchmarks.json more.json …
"""

import json
import os
import statistics
import sys

JSON, PAGE = "docs/benchmarks.json", "docs/benchmarks.md"
BEGIN, END = "<!-- figures: `make bench` writes what follows -->", "<!-- end of the figures -->"
PRODUCT = "2048³ product"

# Multiplications and additions of the convolutions and linear layers in one step, in 1e9; docs/benchmarks.md counts
# them. "fresh": the generator runs forward twice a step; "reused": once.
GFLOP = {"ring": {"fresh": 0.106, "reused": 0.096}, "mnist-mlp": {"fresh": 0.725, "reused": 0.654},
         "dcgan-32": {"fresh": 26.3, "reused": 24.0}, "dcgan-64": {"fresh": 159.0, "reused": 145.6}}
PRODUCT_GFLOP = 2 * 2048**3 / 1e9

# How many times as fast as a peer ours is to be, at least; on the CPU.
TARGETS = {("ring", "fp32"): {"PyTorch": 4, "JAX": 1.1}, ("mnist-mlp", "fp32"): {"PyTorch": 2, "JAX": 1},
           ("dcgan-32", "fp32"): {"PyTorch": 1.1}, ("dcgan-32", "bf16"): {"PyTorch": 1.4},
           ("dcgan-64", "fp32"): {"PyTorch": 1.05}, ("dcgan-64", "bf16"): {"PyTorch": 1.2}}
EPOCH_TARGET, FITTING_TARGET = 4, 20
SAMPLING_TARGET, SERVICE_TARGET = 0.8, 0.8
START_TARGET, RESIDENT_TARGET = 0.6, 250


def read(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return json.load(file)["runs"]


def write(path, runs):
    with open(path + ".new", "w") as file:
        json.dump({"figures": figures(runs), "runs": runs}, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(path + ".new", path)


# Figures

def figure(values):
    """The median of what was measured, and the least and the greatest; None where nothing was."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values), "of": len(values)}


def series(takes):
    """One value a run, the median over its rounds, None where it has none; where there was one run, its rounds."""
    if len(takes) == 1:
        return takes[0]
    return [statistics.median(take) if take else None for take in takes]


def divided(values, by):
    return [value / other if value and other else None for value, other in zip(values, by)]


def of_training(takes):
    """The figures of one row.

    Which variant is the fastest is decided over all runs, and then holds for each.
    """
    workload, precision = takes[0]["workload"], takes[0]["precision"]
    names = list(dict.fromkeys(name for take in takes for name in take["programs"]))

    def times(name):
        return series([take["programs"].get(name, {}).get("rounds") for take in takes])

    def fastest(program, fresh=False):
        some = [name for name in names if name.startswith((program + " ", program + ","))]
        some = [name for name in some if not (fresh and "reused" in name)]
        return min(some, key=lambda name: figure(times(name))["median"], default=None)

    def ratio(peer, ours):
        return figure(divided(times(peer), times(ours))) if peer and ours else None

    ours = fastest("gand")
    row = {"workload": workload, "precision": precision, "ours": None, "peers": {}, "left_out": {}}
    for take in takes:
        row["left_out"] |= {name: why for name, why in take["left_out"].items() if name not in names}
    row["product_gflops"] = {
        name.removeprefix(PRODUCT + ", "): figure([PRODUCT_GFLOP / time * 1e3 for time in times(name) if time])
        for name in names if name.startswith(PRODUCT)}
    if ours:
        row["ours"] = {"program": ours, "milliseconds": figure(times(ours))}
        product = f"{PRODUCT}, {ours.split(', ')[-1]}"  # with as many threads
        if product in names and workload in GFLOP:
            work = GFLOP[workload]["reused" if "reused" in ours else "fresh"]
            row["ours"]["share_of_product"] = figure(
                [share * work / PRODUCT_GFLOP for share in divided(times(product), times(ours)) if share])
    for name in ("PyTorch", "JAX", "CTGAN"):
        if peer := fastest(name):
            row["peers"][name] = {
                "program": peer, "milliseconds": figure(times(peer)), "ratio": ratio(peer, ours),
                "ratio_with_fresh_fakes": ratio(fastest(name, fresh=True), fastest("gand", fresh=True))}
    if workload == "adult":
        fitting = {program: series([least_fitting(take, program) for take in takes]) for program in ("gand", "CTGAN")}
        row["fitting_seconds"] = {program: figure(some) for program, some in fitting.items() if any(some)}
        row["fitting_ratio"] = figure(divided(fitting["CTGAN"], fitting["gand"]))
    row["targets"] = TARGETS.get((workload, precision), {}) if takes[0]["device"] == "cpu" else {}
    row["met"] = {peer: row["peers"][peer]["ratio"]["median"] >= target for peer, target in row["targets"].items()
                  if peer in row["peers"] and row["peers"][peer]["ratio"]}
    return row


def least_fitting(take, program):
    """As rounds are: the seconds before the first epoch, of the number of threads that is fastest."""
    found = [result["fitting_seconds"] for name, result in take["programs"].items() if name.startswith(program + ",")]
    return [min(found)] if found else None


def of_sampling(takes):
    """By workload: the forward pass alone, and every format with its ratio."""
    found = {}
    for workload in takes[0]:
        forward = series([take[workload]["forward"] for take in takes])
        found[workload] = {"forward_seconds": figure(forward), "formats": {}}
        for name in takes[0][workload]["formats"]:
            seconds = series([take[workload]["formats"][name] for take in takes])
            ratio = figure(divided(forward, seconds))
            found[workload]["formats"][name] = {
                "seconds": figure(seconds), "ratio": ratio, "met": ratio["median"] >= SAMPLING_TARGET}
    return found


def of_service(takes):
    found = {}
    for name in takes[0]:
        ours, bare = ([take[name][key] for take in takes] for key in ("requests", "bare_requests"))
        ratio = figure(divided(ours, bare))
        found[name] = {"requests": figure(ours), "bare_requests": figure(bare), "ratio": ratio,
                       "met": ratio["median"] >= SERVICE_TARGET}
    return found


def of_start(takes):
    found = {name: figure(series([take[name] for take in takes])) for name in ("seconds", "resident_mib")}
    return found | {"met": {"seconds": found["seconds"]["median"] <= START_TARGET,
                            "resident_mib": found["resident_mib"]["median"] <= RESIDENT_TARGET}}


def figures(runs):
    """By device, what follows from all of its runs."""
    found = {}
    for device in sorted({run["device"] for run in runs}, key=lambda device: (device != "cpu", device)):
        those = [run for run in runs if run["device"] == device]
        rows = {}
        for run in those:
            for row in run["training"]:
                rows.setdefault((row["workload"], row["precision"]), []).append(row | {"device": device})
        found[device] = {"training": [of_training(takes) for takes in rows.values()]}
        for part, figures_of in {"start": of_start, "sampling": of_sampling, "service": of_service}.items():
            if takes := [run[part] for run in those if part in run]:
                found[device][part] = figures_of(takes)
    return found


# Tables

def shown(figure, unit="", digits=None, scale=1, spread=True):
    """The median, with the least and the greatest where there are several values."""
    if figure is None:
        return ""
    median, least, greatest = (figure[key] * scale for key in ("median", "least", "greatest"))
    if digits is None:
        digits = 2 if median < 10 else 1 if median < 1000 else 0
    text = f"{median:,.{digits}f}{unit}"
    return text + (f" ({least:,.{digits}f} to {greatest:,.{digits}f})" if spread and figure["of"] > 1 else "")


def plural(count, noun):
    return f"{count} {noun}{'s' * (count != 1)}"


def said(met):
    return "yes" if met else "no"


def table(heads, lines):
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads),
                      *("| " + " | ".join(line) + " |" for line in lines)])


def training_text(rows):
    rows = [row for row in rows if row["workload"] != "adult"]
    lines, fresh = [], []
    for row in rows:
        peers = {name: row["peers"].get(name, {}) for name in ("PyTorch", "JAX")}
        fastest = peers["PyTorch"].get("program", "").removeprefix("PyTorch ").replace("+", ", ")
        ours = row["ours"] or {}
        met = [(peer, said(row["met"][peer])) for peer in row["targets"] if peer in row["met"]]
        lines.append([
            name_of(row), shown(ours.get("milliseconds")),
            f"{fastest}: {shown(peers['PyTorch']['milliseconds'])}" if fastest else "",
            shown(peers["PyTorch"].get("ratio"), digits=2),
            shown(peers["JAX"].get("milliseconds")), shown(peers["JAX"].get("ratio"), digits=2),
            shown(ours.get("share_of_product"), " %", 0, 100),
            ", ".join(f"≥ {target}× {peer}" for peer, target in row["targets"].items()),
            met[0][1] if len(met) == 1 else ", ".join(f"{peer} {word}" for peer, word in met)])
        ratios = [f"{shown(found['ratio_with_fresh_fakes'], digits=2, spread=False)} {peer}"
                  for peer, found in row["peers"].items() if found["ratio_with_fresh_fakes"]]
        fresh += [f"{name_of(row)} {' and '.join(ratios)}"] if ratios else []
    parts = [table(["workload", "ours, ms", "PyTorch's fastest, ms", "ratio", "JAX, ms", "ratio",
                    "share of the 2048³ product's rate", "target", "met"], lines)]
    if fresh:
        parts.append("Among those that draw fresh fakes for the generator's update the ratios are:"
                     f" {'; '.join(fresh)}.")
    rates = [f"{name_of(row)} {shown(rate, digits=0)} with {threads}"
             for row in rows for threads, rate in row["product_gflops"].items()]
    if rates:
        parts.append(f"The 2048³ product's rate in the same turns, GFLOP/s: {'; '.join(rates)}."
                     " The share is of that with as many threads as ours has.")
    if not all("JAX" in row["peers"] for row in rows):
        parts.append("JAX's program has the perceptrons only, on the CPU.")
    return parts


def name_of(row):
    return f"`{row['workload']}`" + (f" {row['precision']}" if is_convolutional(row) else "")


def is_convolutional(row):
    return row["workload"].startswith("dcgan")


def left_out_text(rows, runs):
    """A line for every reason why something is missing."""
    reasons = {}
    for row in rows:
        for name, why in row["left_out"].items():
            reasons.setdefault(why, {}).setdefault(name, []).append(name_of(row))
    lines = []
    for why, names in reasons.items():
        places = {}
        for name, where in names.items():
            places.setdefault(", ".join(where), []).append(name.replace(", ", " "))
        lines.append("; ".join(f"{', '.join(some)} ({where})" for where, some in places.items()) + f": {why}")
    lines += dict.fromkeys(f"{part}: {why}" for run in runs for part, why in run["left_out"].items())
    if runs[0]["device"] == "cpu" and not any(run["machine"]["bf16"] for run in runs):
        lines.append("bf16: the processor has no instructions for it")
    return ["Not measured:\n\n" + "\n".join(f"- {line.rstrip('.')}." for line in lines)] if lines else []


def adult_text(row):
    def line(name, ours, peer, ratio, target, scale=1):
        met = ratio["median"] >= target if ratio else None
        return [name, shown(ours, scale=scale), shown(peer, scale=scale), shown(ratio), f"≥ {target}×",
                {True: "yes", False: "no", None: ""}[met]]

    peer, ours, fitting = row["peers"].get("CTGAN", {}), row["ours"] or {}, row["fitting_seconds"]
    return ["`adult`, CTGAN's own networks, batches of 500, 10 rows to a verdict:", table(
        ["", "ours, s", "CTGAN, s", "ratio", "target", "met"],
        [line("an epoch", ours.get("milliseconds"), peer.get("milliseconds"), peer.get("ratio"), EPOCH_TARGET, 1e-3),
         line("before the first epoch: transforms are fitted", fitting.get("gand"), fitting.get("CTGAN"),
              row["fitting_ratio"], FITTING_TARGET)])]


def server_text(found):
    parts = []
    if "start" in found:
        start = found["start"]
        parts += ["`gand serve` in a new folder:", table(["", "", "target", "met"], [
            ["start to ready, s", shown(start["seconds"]), f"≤ {START_TARGET}", said(start["met"]["seconds"])],
            ["resident when idle, MiB", shown(start["resident_mib"], digits=0), f"≤ {RESIDENT_TARGET}",
             said(start["met"]["resident_mib"])]])]
    if "sampling" in found:
        lines = [[f"`{workload}`", shown(row["forward_seconds"], scale=1e3, digits=1),
                  name.replace("&encoding=", ", "), shown(made["seconds"], scale=1e3, digits=1),
                  shown(made["ratio"], digits=2), f"≥ {SAMPLING_TARGET}", said(made["met"])]
                 for workload, row in found["sampling"].items() for name, made in row["formats"].items()]
        parts += ["10,000 samples over HTTP, beside the generator's forward pass alone:", table(
            ["model", "forward pass, ms", "format", "over HTTP, ms", "ratio", "target", "met"], lines)]
    if "service" in found:
        lines = [[f"`{name}`", shown(row["requests"], digits=0), shown(row["bare_requests"], digits=0),
                  shown(row["ratio"], digits=2), f"≥ {SERVICE_TARGET}", said(row["met"])]
                 for name, row in found["service"].items()]
        parts += ["Requests a second, beside libmicrohttpd alone:", table(
            ["", "ours", "libmicrohttpd", "ratio", "target", "met"], lines)]
    return parts


def measured_text(runs):
    """Where and when the runs were made."""
    places = {}
    for run in runs:
        machine = run["machine"]
        where = f"{plural(machine['cores'], 'core')} of {machine['processor']}"
        where += f" with {machine['gpu']}" if machine.get("gpu") else ""
        what = ", ".join(f"{name} {version}" for name, version in run["versions"].items() if version)
        how = f"{plural(run['rounds'], 'round')} of {run['turn_seconds']:g} s"
        places.setdefault((where, what, how), []).append(run["time"][:10])
    lines = []
    for (where, what, how), days in places.items():
        dates = " to ".join(dict.fromkeys((min(days), max(days))))
        lines.append(f"{dates}, {plural(len(days), 'run')} of {how} on {where}: {what}.")
    spread = "the median of its runs" if len(runs) > 1 else "the median of the rounds"
    return ["\n".join(lines), f"A figure is {spread}, with the least and the greatest of them."
            " A ratio is ours' speed over the other's."]


def text(runs):
    """The tables of all runs, in Markdown."""
    parts = []
    for device, found in figures(runs).items():
        those = [run for run in runs if run["device"] == device]
        parts += [] if device == "cpu" else [f"### On a GPU, `{device}`"]
        parts += measured_text(those)
        if any(row["workload"] != "adult" for row in found["training"]):
            parts += training_text(found["training"])
        for row in found["training"]:
            parts += adult_text(row) if row["workload"] == "adult" else []
        parts += server_text(found) + left_out_text(found["training"], those)
    return "\n\n".join(parts) + "\n"


def rewrite_page(runs):
    """Puts the tables between the two marks of the page, of which all else stays as it is."""
    with open(PAGE) as file:
        page = file.read()
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    with open(PAGE, "w") as file:
        file.write(f"{before}{BEGIN}\n\n{text(runs)}\n{END}{after}")


def print_programs(runs):
    """Every program of each run, the fastest first."""
    for run in runs:
        for row in run["training"]:
            print(f"\n{row['workload']}, {row['precision']}")
            for name, result in sorted(row["programs"].items(), key=lambda item: statistics.median(item[1]["rounds"])):
                times = result["rounds"]
                print(f"  {name:48} {statistics.median(times):10.2f} ms   ({min(times):.2f} … {max(times):.2f})")


if __name__ == "__main__":
    together = [run for path in sys.argv[1:] for run in read(path)]
    write(JSON, together)
    rewrite_page(together)
