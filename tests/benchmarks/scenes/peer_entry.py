"""Runs in the peer's own environment, never in ours: `python peer_entry.py DETECTOR.onnx ARGUMENTS...`

cshortranslate 0.2.2 asks rapidocr for PP-OCRv5 mobile, which rapidocr fetches from a model host when first used. Here
it gets PP-OCRv6 small instead, the newer and more exact one (recognition as rapidocr's wheel carries it; detection from
DETECTOR, the same weights as a graph of half the cost), on one thread, for more threads cost it more CPU. Nothing else
about it is changed.
"""

from __future__ import annotations

import sys

from cshortranslate import cli, ocr_engine
from rapidocr import ModelType, OCRVersion


def main() -> None:
    detector, *arguments = sys.argv[1:]
    models = ocr_engine._PPOCRV5_MOBILE_PARAMS
    for step in ("Det", "Rec"):
        models[f"{step}.ocr_version"] = OCRVersion.PPOCRV6
        models[f"{step}.model_type"] = ModelType.SMALL
    models["Det.model_path"] = detector
    for threads in ("intra_op_num_threads", "inter_op_num_threads"):
        models[f"EngineConfig.onnxruntime.{threads}"] = 1
    sys.argv = ["cshortranslate", *arguments]
    cli.main()


if __name__ == "__main__":
    main()
