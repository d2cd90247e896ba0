"""Lets programs train in turns: what compare.py measures with.

Every program stays alive with its networks warm and waits on its standard input; in each round each of them trains for
about a turn while all others wait, in an order that rotates.
"""

import json
import statistics
import subprocess
import sys


class Program:
    """A program under measurement: a child process that trains when it is told to."""

    def __init__(self, name, command, log):
        self.name, self.log = name, log.name
        with open(self.log) as words:
            self.silent_until = words.seek(0, 2)
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        self.times = []

    def run(self, steps):
        """Seconds that one step took."""
        try:
            self.child.stdin.write(f"run {steps}\n")
            self.child.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(self.last_words() or f"ended with status {self.child.wait()}")
        self.answer = json.loads(line)
        return self.answer["seconds"] / steps

    def last_words(self):
        """Of what the program has written since it started, the last line that speaks of an error."""
        with open(self.log) as words:
            words.seek(self.silent_until)
            return next((line.strip() for line in reversed(words.readlines()) if "rror" in line), None)

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
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass
        self.child.wait()

    def result(self):
        """The milliseconds of a step in every round, and what of the last answer belongs to the program as a whole."""
        result = {"rounds": [round(time * 1e3, 4) for time in self.times], "steps_per_round": self.steps}
        if "fitting_seconds" in self.answer:
            result["fitting_seconds"] = self.answer["fitting_seconds"]
        return result


def in_turns(commands, rounds, turn, log):
    """Each program's result by its name; and of each that can't run, why."""
    programs, left_out = {}, {}

    def leave_out(name, error):
        left_out[name] = str(error)
        print(f"  left out: {name}: {error}; {log.name} has its words", file=sys.stderr)

    try:
        for name, command in commands.items():
            print(f"  warming up {name} …", file=sys.stderr, flush=True)
            try:
                programs[name] = Program(name, command, log)
                programs[name].warm_up(turn)
            except (RuntimeError, OSError) as error:
                leave_out(name, error)
        for number in range(rounds):
            order = [name for name in programs if name not in left_out]
            print(f"  round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            first = number % max(1, len(order))
            for name in order[first:] + order[:first]:
                try:
                    programs[name].measure()
                except RuntimeError as error:
                    leave_out(name, error)
    finally:
        for program in programs.values():
            program.close()
    return {name: program.result() for name, program in programs.items() if name not in left_out}, left_out


def milliseconds(result):
    """A step's, in the median over the rounds."""
    return statistics.median(result["rounds"])
