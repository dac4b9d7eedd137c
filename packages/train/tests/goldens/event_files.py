"""Writes event-files.json: event files as TensorBoard's own classes write them. Needs `pip install tensorboard`."""

import base64
import io
import json
import pathlib

import tensorboard
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

STEPS = [
    (1700000000.25, 0, {"loss/train": 2.5}),
    (1700000001.5, 1, {"loss/train": 1.0 / 3.0, "training/learning_rate": 1e-7, "lüft": -0.0}),
    (1700000002.0, 127, {"loss/train": float("inf")}),
    (1700000003.0, 128, {"loss/train": float("nan")}),
    (1700000004.0, 5000000000, {"loss/train": 3.4e38}),
]


class Memory(io.BytesIO):
    def close(self):
        pass


def record(event: Event) -> str:
    out = Memory()
    RecordWriter(out).write(event.SerializeToString())
    return base64.b64encode(out.getvalue()).decode()


def scalars(time: float, step: int, values: dict) -> str:
    value = [Summary.Value(tag=tag, simple_value=x) for tag, x in values.items()]
    # step 0 is proto3's default and left out by the serializer
    return record(Event(wall_time=time, step=step, summary=Summary(value=value)))


golden = {
    "about": f"event_files.py, tensorboard {tensorboard.__version__}",
    "header": {"time": 1700000000.125, "bytes": record(Event(wall_time=1700000000.125, file_version="brain.Event:2"))},
    "records": [
        {"time": t, "step": s, "scalars": {k: str(v) for k, v in x.items()}, "bytes": scalars(t, s, x)}
        for t, s, x in STEPS
    ],
}
path = pathlib.Path(__file__).with_name("event-files.json")
path.write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
