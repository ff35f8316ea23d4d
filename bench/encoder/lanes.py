"""Programs that encode when told to: weft's bench_encoder and the peers' peers.py."""

import json
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from modes import MODES

HERE = Path(__file__).resolve().parent
ANSWER_SECONDS = 300  # a program that is silent for longer has hung
PEERS = {"openvino": ("f32", "bf16", "int8"), "onnxruntime": ("f32", "int8"), "torch": ("f32", "bf16")}
PRECISIONS = ("f32", "bf16", "int8")


class LaneError(Exception):
    """The program ended, hung or refused; the text says why."""


class Program:
    """A child that answers each line with a line of JSON."""

    def __init__(self, arguments):
        self.errors = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.PIPE, text=True,
                                      stdout=subprocess.PIPE, stderr=self.errors)
        self.answer()

    def answer(self):
        ready, _, _ = select.select([self.child.stdout], [], [], ANSWER_SECONDS)
        line = self.child.stdout.readline() if ready else ""
        if line:
            return json.loads(line)
        self.child.kill()
        self.child.wait()
        self.errors.seek(0)
        last = self.errors.read().strip().split("\n")[-1] or "no message"
        raise LaneError(last if ready else f"no answer in {ANSWER_SECONDS} s")

    def ask(self, *words):
        try:
            self.child.stdin.write(" ".join(str(word) for word in words) + "\n")
            self.child.stdin.flush()
        except BrokenPipeError:
            pass  # answer() says why
        return self.answer()

    def cpu_seconds(self):
        """Used so far, by all its threads."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def stop(self):
        self.child.stdin.close()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()


class Weft:
    """One precision; a program for each number of threads, since a model is opened for one."""

    name = "weft"

    def __init__(self, program, model, precision, folder):
        self.precision, self.folder = precision, folder
        self.programs = {n: Program([program, model, "--precision", precision, "--threads", n])
                         for n in {mode.threads for mode in MODES.values()}}

    def open(self, cell, mode):
        source = cell.weft_source
        kind, file = ("images", "images.f32") if source == "images" else ("texts", f"{source}.txt")
        self.programs[MODES[mode].threads].ask("open", kind, self.folder / file, cell.batch)

    def run(self, mode, seconds):
        return self.programs[MODES[mode].threads].ask("run", seconds, MODES[mode].streams)

    def close(self):
        pass

    def vectors(self, kind, file, out):
        """kind: images, texts or photos."""
        self.programs[2].ask("vectors", kind, file, out)

    def all_programs(self):
        return list(self.programs.values())

    def stop(self):
        for program in self.programs.values():
            program.stop()


class Peer:
    def __init__(self, folder, name, precision):
        self.name, self.precision = name, precision
        self.program = Program([sys.executable, HERE / "peers.py", folder, name, precision])

    def open(self, cell, mode):
        source = "images" if cell.form == "image" else cell.form
        self.program.ask("open", cell.form, source, cell.batch, mode)

    def run(self, mode, seconds):
        return self.program.ask("run", mode, seconds)

    def close(self):
        self.program.ask("close")

    def vectors(self, form, source, out):
        self.program.ask("vectors", form, source, out)

    def all_programs(self):
        return [self.program]

    def stop(self):
        self.program.stop()


def machine_seconds():
    """CPU seconds spent by everyone since the machine started, stolen ones included."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / 100


class Disturbance:
    """How much of the machine others used while we measured."""

    def __init__(self, cores):
        self.cores, self.others, self.seconds = cores, 0.0, 0.0

    def watch(self, lane, run):
        programs = lane.all_programs()
        before, own, start = machine_seconds(), sum(p.cpu_seconds() for p in programs), time.monotonic()
        result = run()
        self.seconds += time.monotonic() - start
        self.others += machine_seconds() - before - (sum(p.cpu_seconds() for p in programs) - own)
        return result

    def share(self):
        return max(0.0, self.others) / max(self.seconds * self.cores, 1e-9)
