"""What compare.py measures of the server: its start, its idle memory, samples over HTTP, requests a second."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../scripts")


def start(gand, starts=5):
    """Of each start in a new folder: seconds until `/readyz` says yes, and resident MiB two seconds later."""
    print("start", file=sys.stderr)
    figures = {"seconds": [], "resident_mib": []}
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            server = subprocess.Popen(
                [gand, "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
                 "--data-dir", folder + "/data", "--log-format", "json"], stderr=subprocess.PIPE, text=True)
            try:
                address = next((entry["admin_listen"] for line in server.stderr
                                if (entry := json.loads(line))["message"] == "listening"), None)
                if address is None:
                    raise RuntimeError(f"gand serve ended with status {server.wait()}")
                while not is_ready(address):
                    time.sleep(0.002)
                figures["seconds"].append(round(time.perf_counter() - began, 4))
                time.sleep(2)
                with open(f"/proc/{server.pid}/status") as status:
                    resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
                figures["resident_mib"].append(round(resident / 1024, 1))
            finally:
                server.terminate()
                server.communicate()
    return figures


def is_ready(address):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", "/readyz")
    ready = connection.getresponse().status == 200
    connection.close()
    return ready


def sampling(gand, bench, rounds):
    """What scripts/sampling finds: of each workload the seconds of the forward pass alone and of every format."""
    print("sampling", file=sys.stderr)
    with tempfile.NamedTemporaryFile() as file:
        said_by("with-server", gand, f"{SCRIPTS}/sampling", bench, str(rounds), file.name)
        return json.load(file)


def service(gand, seconds):
    """Requests a second beside libmicrohttpd's, as scripts/load prints them; each of its turns takes `seconds`."""
    print("service", file=sys.stderr)
    missing = [tool for tool in ("wrk", "jq", "curl", "cc") if shutil.which(tool) is None]
    if missing:
        raise RuntimeError(f"{missing[0]} is not installed")
    ratios = re.findall(r"^(\S+) +(\d+)/s of (\d+)/s: ", said_by("load", gand, str(seconds)), re.MULTILINE)
    return {name: {"requests": int(ours), "bare_requests": int(bare)} for name, ours, bare in ratios}


def said_by(script, *arguments):
    """What a script prints, which is shown too."""
    with subprocess.Popen([f"{SCRIPTS}/{script}", *arguments], stdout=subprocess.PIPE, text=True) as child:
        lines = []
        for line in child.stdout:
            sys.stderr.write(line)
            lines.append(line)
    if child.returncode != 0:
        raise RuntimeError(f"scripts/{script} ended with status {child.returncode}")
    return "".join(lines)
