"""One peer at one precision, driven by lines on stdin; each is answered by one line of JSON.

    python peers.py SUBJECT_FOLDER openvino|onnxruntime|torch PRECISION

    open FORM SOURCE BATCH MODE   FORM: image text8 text77; SOURCE: the inputs; MODE: see modes.py
    run MODE SECONDS              {"rate": examples per second, "median_ms": of one call, ...}
    vectors FORM SOURCE FILE      unit vectors as raw float32
    close                         gives up what was opened
"""

import itertools
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

from convert import inputs
from modes import MODES

PROBES = 4


# --- the peers: each makes calls, one for each stream, that encode one batch --------------

class OpenVino:
    """Its own hints for the mode, the shape fixed, the precision never left to chance. What an
    int8 model leaves in floating point may run in either precision: the faster one is taken."""

    HINTS = {"f32": ("f32",), "bf16": ("bf16",), "int8": ("f32", "bf16")}

    def __init__(self, folder, precision):
        import openvino

        self.ov, self.folder, self.precision = openvino, folder / "converted", precision
        self.core = openvino.Core()
        self.hints = {}  # of each form, once known

    def compile(self, form, batch, mode, hint):
        weights = "int8" if self.precision == "int8" else "f32"
        model = self.core.read_model(self.folder / f"{form}.{weights}.xml")
        model.reshape([batch, *list(model.inputs[0].get_partial_shape())[1:]])
        return self.core.compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": hint,
            "PERFORMANCE_HINT": "LATENCY" if mode.streams == 1 else "THROUGHPUT",
            "NUM_STREAMS": mode.streams,
            "INFERENCE_NUM_THREADS": mode.threads * mode.streams})

    def call_of(self, compiled, tensors):
        request, turns = compiled.create_infer_request(), itertools.cycle(tensors)

        def call():
            request.set_input_tensor(next(turns))
            request.start_async()
            request.wait()
            return request.get_output_tensor().data
        return call

    def calls(self, form, batches, mode):
        tensors = [self.ov.Tensor(batch, shared_memory=True) for batch in batches]
        hints = [self.hints[form]] if form in self.hints else self.HINTS[self.precision]
        compiled = [self.compile(form, len(batches[0]), mode, hint) for hint in hints]
        best = fastest([self.call_of(c, tensors) for c in compiled]) if len(compiled) > 1 else 0
        self.hints[form] = hints[best]
        return [self.call_of(compiled[best], tensors) for _ in range(mode.streams)]


def fastest(calls):
    """The number of the call that is soonest done, by turns, at its best."""
    best = [float("inf")] * len(calls)
    for _ in range(PROBES):
        for i, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[i] = min(best[i], time.perf_counter() - start)
    return best.index(min(best))


class OnnxRuntime:
    def __init__(self, folder, precision):
        import onnxruntime

        self.ort, self.folder, self.precision = onnxruntime, folder / "converted", precision

    def calls(self, form, batches, mode):
        options = self.ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = mode.threads, 1
        file = self.folder / f"{form}.{self.precision}.onnx"
        session = self.ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])

        def one():
            turns = itertools.cycle(batches)
            return lambda: session.run(None, {"input": next(turns)})[0]
        return [one() for _ in range(mode.streams)]


class Torch:
    def __init__(self, folder, precision):
        import torch

        from subject import towers

        self.torch, self.type = torch, {"f32": torch.float32, "bf16": torch.bfloat16}[precision]
        self.towers = {name: tower.to(self.type) for name, tower in towers(folder / "clip-vit-b-32").items()}

    def calls(self, form, batches, mode):
        torch, tower = self.torch, self.towers["image" if form == "image" else "text"]
        tensors = [torch.from_numpy(batch) for batch in batches]
        tensors = [t.to(self.type) if t.is_floating_point() else t for t in tensors]

        def one():
            turns = itertools.cycle(tensors)

            def call():
                torch.set_num_threads(mode.threads)
                with torch.inference_mode():
                    return tower(next(turns)).float().numpy()
            return call
        return [one() for _ in range(mode.streams)]


PEERS = {"openvino": OpenVino, "onnxruntime": OnnxRuntime, "torch": Torch}


# --- measuring ------------------------------------------------------------------------------

def time_calls(call, seconds):
    """Calls for that long, at least once."""
    times, start = [], time.perf_counter()
    while True:
        before = time.perf_counter()
        call()
        after = time.perf_counter()
        times.append(after - before)
        if after - start >= seconds:
            return times, after - start


def measure(calls, batch, seconds):
    """All calls at once, each in its own thread; the rates add up."""
    results = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def stream(i):
        barrier.wait()
        results[i] = time_calls(calls[i], seconds)

    threads = [threading.Thread(target=stream, args=(i,)) for i in range(1, len(calls))]
    for thread in threads:
        thread.start()
    stream(0)
    for thread in threads:
        thread.join()
    times = [t for some, _ in results for t in some]
    return {"rate": sum(len(some) * batch / elapsed for some, elapsed in results),
            "median_ms": 1e3 * float(np.median(times)), "calls": len(times)}


class Worker:
    def __init__(self, folder, peer, precision):
        self.folder, self.peer, self.opened = folder, PEERS[peer](folder, precision), {}

    def open(self, form, source, batch, mode):
        batch, all_inputs = int(batch), inputs(self.folder, source)
        batches = [all_inputs[i:i + batch] for i in range(0, len(all_inputs), batch)]
        calls = self.peer.calls(form, batches, MODES[mode])
        for call in calls:
            call()  # to warm up
        self.opened[mode] = (calls, batch)
        return {}

    def run(self, mode, seconds):
        return measure(*self.opened[mode], float(seconds))

    def vectors(self, form, source, file):
        call = self.peer.calls(form, [inputs(self.folder, source)], MODES["2-threads"])[0]
        np.ascontiguousarray(call(), np.float32).tofile(file)
        return {}

    def close(self):
        self.opened.clear()
        return {}


def main():
    folder, peer, precision = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print must not mix in
    worker = Worker(folder, peer, precision)
    print(json.dumps({}), file=answers, flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        print(json.dumps(getattr(worker, command)(*arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
