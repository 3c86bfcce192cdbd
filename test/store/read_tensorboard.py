"""Reads an event file with TensorBoard's own reader, checksums and all, and prints the scalars as JSON: [[tag, step, value], ...]."""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
accumulator.Reload()
scalars = []
for tag in accumulator.Tags()["scalars"]:
    scalars.extend([tag, event.step, event.value] for event in accumulator.Scalars(tag))
json.dump({"version": accumulator.file_version, "scalars": scalars}, sys.stdout)
