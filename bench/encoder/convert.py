"""The peers' forms of the model: made once into SUBJECT/converted, then only read.

    python convert.py SUBJECT_FOLDER

openvino: openvino.convert_model, float32 weights; int8 by NNCF's post-training quantisation
for transformers with its defaults, calibrated on inputs of the same kind. onnx: torch's
exporter; int8 by ONNX Runtime's dynamic quantisation. Batch is left open (OpenVINO fixes it
when it compiles), the number of tokens is fixed.
"""

import logging
import sys
import warnings
from pathlib import Path

import numpy as np

import subject

CALIBRATION_TEXTS = 128


# The name of each form, its tower and its inputs.
FORMS = (("image", "image", "images"), ("text8", "text", "text8"), ("text77", "text", "text77"))


def inputs(folder, source, n=None):
    if source.startswith("images"):
        return np.array(subject.images(folder, source)[:n])
    return np.load(folder / f"{source}.ids.npy")[:n]


def to_openvino(folder, out, towers):
    import nncf
    import openvino as ov
    import torch

    for name, tower, source in FORMS:
        example = inputs(folder, source, 2)
        model = ov.convert_model(towers[tower], example_input=torch.from_numpy(example),
                                 input=[(-1, *example.shape[1:])])
        ov.save_model(model, out / f"{name}.f32.xml", compress_to_fp16=False)
        samples = inputs(folder, f"{source}.calibration", CALIBRATION_TEXTS)
        data = nncf.Dataset([sample[None] for sample in samples])
        model = nncf.quantize(model, data, model_type=nncf.ModelType.TRANSFORMER,
                              subset_size=len(samples))
        ov.save_model(model, out / f"{name}.int8.xml", compress_to_fp16=False)


def to_onnx(folder, out, towers):
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    for name, tower, source in FORMS:
        example = torch.from_numpy(inputs(folder, source, 2))
        file = out / f"{name}.f32.onnx"
        torch.onnx.export(towers[tower], (example,), file, dynamo=False, opset_version=17,
                          input_names=["input"], output_names=["vectors"],
                          dynamic_axes={"input": {0: "batch"}, "vectors": {0: "batch"}})
        quantize_dynamic(file, out / f"{name}.int8.onnx", weight_type=QuantType.QInt8)


def prepare(folder):
    out = folder / "converted"
    mark, versions = out / "ready", (Path(__file__).parent / "requirements.txt").read_text()
    if mark.exists() and mark.read_text() == versions:
        return
    print("converting the model for OpenVINO and ONNX Runtime (once)", flush=True)
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    out.mkdir(exist_ok=True)
    towers = subject.towers(folder / "clip-vit-b-32")
    to_openvino(folder, out, towers)
    to_onnx(folder, out, towers)
    mark.write_text(versions)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
