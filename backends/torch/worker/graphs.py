"""A training step as two CUDA graphs, one up to the loss and the norm and one for the updates, so that launching its kernels takes no time of Python's.

A graph's kernels read and write fixed addresses. Those of the state stay the same from step to step, because it is updated in place; everything else that
a step is given is copied to where the graph reads it. Not here: the step (`function.py`).
"""

from collections.abc import Callable, Collection

import torch

from function import Function

# Runs a function in a way that can be repeated: what repeats it, and what it returned, which every repetition overwrites.
Record = Callable[[Callable], tuple[Callable[[], None], object]]


def recorder() -> Record:
    """Records CUDA graphs. They share one pool of memory, because no two run at a time and what they return is copied."""
    pool = torch.cuda.graph_pool_handle()

    def record(call: Callable) -> tuple[Callable[[], None], object]:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool):
            result = call()
        return graph.replay, result

    return record


class Recorded:
    """A function that is recorded when it has been called twice with the same state, and from then on repeated as long as the state is the same.

    The first call is a function's usual one, in which libraries set themselves up. State that others hold is never overwritten: such calls are usual ones.
    """

    def __init__(self, function: Function, record: Record):
        self.function, self.record = function, record
        self.parts, self.unlike = function.parts, function.unlike
        # Of outputs that are the state, updated or passed on, the places of their inputs.
        self.successions = {each.output: each.input for update in function.updates for each in update.successions} | function.passed
        self.state = {*self.successions.values()}
        # Addresses of the state: in the last call, and in the recording.
        self.last: list[int] = []
        self.recorded: list[int] = []
        # Why there is no recording, if one failed.
        self.fault: str | None = None

    def call(self, inputs: list[torch.Tensor], given: Collection[int] = ()) -> list[torch.Tensor]:
        addresses = [inputs[place].data_ptr() for place in self.successions.values()]
        known, self.last = addresses == self.last, addresses
        usual = self.fault is not None or not self.state.issubset(given)
        if not usual and known and addresses != self.recorded:
            usual = not self._recorded(inputs, addresses)
        if usual or addresses != self.recorded:
            return self.function.call(inputs, given)
        for place, buffer in self.buffers.items():
            buffer.copy_(inputs[place])
        self.compute()
        # The next step overwrites them.
        outputs = {place: tensor.clone() for place, tensor in self.made.items()}
        if self.function.accepts(self.values):
            self.update()
        outputs |= {output: inputs[place] for output, place in self.successions.items()}
        return [outputs[place] for place in range(self.function.count)]

    def warm(self, types: list[dict], device: torch.device) -> None:
        self.function.warm(types, device)

    def _recorded(self, inputs: list[torch.Tensor], addresses: list[int]) -> bool:
        """Records the step, without running it, and reports whether that was possible."""
        function = self.function
        self.recorded, self.compute, self.update = [], None, None
        self.buffers = {place: tensor.clone() for place, tensor in enumerate(inputs) if place not in self.state}
        fixed = [self.buffers.get(place, tensor) for place, tensor in enumerate(inputs)]
        try:
            self.compute, made = self.record(lambda: function.rest.call(*fixed))
            values = function.values(fixed, made)
            self.update, _ = self.record(lambda: [function.rules.run(update, values) for update in function.updates])
        except RuntimeError as error:
            self.fault = str(error).strip().split("\n")[0]
            return False
        # The state itself is not kept alive: only its addresses are.
        self.made = {place: tensor for place, tensor in zip(function.others, made) if place not in function.passed}
        self.values = {value: values[value] for value in function.judges}
        self.recorded = addresses
        return True
