"""Several workers as the ranks of one run: rank 0 speaks with vcycle and passes every message on; all hold the same state and run the same programs.

A rank's connection to rank 0 also shows that both are alive: each sends a beat every few seconds, and a rank whose peer has gone, or is silent for too
long, ends with a sentence that says so; vcycle quotes it. Not here: what a message means (`serve.py`), means within a program (`collectives.py`).
"""

from __future__ import annotations

import datetime
import os
import queue
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import distributed

from wire import Channel, Closed, Frames

BEAT = 2
# A peer that has sent nothing for this long is given up. (A lost node shows in no other way.)
SILENCE = float(os.environ.get("VCYCLE_RANKS_SILENCE") or 30)
# A process that was stopped and continues finds its peers' beats late by as much: silence is counted in this many periods, each of which must be empty.
PERIODS = 6
# Seconds within which an end shows everywhere that it causes others.
MOMENT = 1.5

Message = tuple[dict, list[torch.Tensor]]


@dataclass(frozen=True)
class Place:
    """Which rank this is, and where all meet; by the variables that PyTorch's launchers set."""

    rank: int
    size: int
    local: int
    address: str
    port: int
    # Only who knows it is let in.
    key: str
    # Seconds to wait for all others.
    patience: float

    @staticmethod
    def of_environment() -> "Place | None":
        # Set by vcycle alone: the other variables may be of a launcher that started vcycle itself.
        key = os.environ.get("VCYCLE_RANKS_ENTRY")
        if key is None:
            return None
        number = {name: int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT")}
        patience = float(os.environ.get("VCYCLE_RANKS_PATIENCE") or 120)
        address = os.environ["MASTER_ADDR"]
        return Place(number["RANK"], number["WORLD_SIZE"], number["LOCAL_RANK"], address, number["MASTER_PORT"], key, patience)

    @property
    def there(self) -> str:
        return f"{self.address}:{self.port}"


class Unmet(Exception):
    """The ranks did not meet; the message is one sentence."""


def give_up(sentence: str) -> None:
    """Ends this process now, whatever its other threads do. vcycle quotes the last line."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
    os._exit(1)


class Patient:
    """A connection as `Channel` reads it, which raises when the peer has been silent for too long."""

    def __init__(self, connection: socket.socket):
        self.connection = connection
        self.poll = select.poll()
        self.poll.register(connection, select.POLLIN)

    def recv_into(self, memory: memoryview) -> int:
        for _ in range(PERIODS):
            if self.poll.poll(1000 * SILENCE / PERIODS):
                return self.connection.recv_into(memory)
        raise TimeoutError


class Peer:
    """Another rank, over one connection on which both sides also send beats: empty messages."""

    def __init__(self, connection: socket.socket, name: str):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(None)
        self.connection, self.name = connection, name
        self.channel = Channel(Patient(connection))
        self.lock = threading.Lock()
        self.end: str | None = None

    def send(self, message: Frames) -> None:
        with self.lock:
            for piece in message.pieces:
                self.connection.sendall(piece)

    def beat(self) -> None:
        nothing = Frames({}, [])
        while self.end is None:
            time.sleep(BEAT)
            try:
                self.send(nothing)
            except OSError:
                return

    def messages(self) -> Iterator[Message]:
        """Those that are no beats, until the peer has gone."""
        try:
            while True:
                message, tensors = self.channel.receive()
                if len(message) > 1:
                    yield message, tensors
        except TimeoutError:
            self.end = f"{self.name} has been silent for {SILENCE:g} s"
        except (Closed, OSError):
            self.end = f"{self.name} has gone"
        except MemoryError as error:
            self.end = f"out of memory ({error})"

    def keep_alive(self) -> None:
        threading.Thread(target=self.beat, daemon=True).start()


def connected(place: Place) -> socket.socket:
    until = time.monotonic() + place.patience
    while True:
        try:
            return socket.create_connection((place.address, place.port), timeout=place.patience)
        except OSError as error:
            if time.monotonic() > until:
                raise Unmet(f"rank {place.rank} found no rank 0 at {place.there} within {place.patience:g} s ({error})") from error
            time.sleep(0.1)


def met(place: Place, store: distributed.Store, device: torch.device) -> None:
    """Connects all ranks for the means. A silent rank is noticed by its beats; a long wait by itself is no fault."""
    distributed.init_process_group(
        "nccl" if device.type == "cuda" else "gloo",
        store=distributed.PrefixStore("means", store),
        rank=place.rank,
        world_size=place.size,
        timeout=datetime.timedelta(minutes=30),
    )


def store_at(place: Place, port: int) -> distributed.Store:
    first = place.rank == 0
    return distributed.TCPStore(
        place.address, port, is_master=first, wait_for_workers=False, timeout=datetime.timedelta(seconds=place.patience)
    )


class Leader:
    """Rank 0: lets the others in, passes on what vcycle says, and knows who has gone."""

    def __init__(self, place: Place, device: torch.device, way: str):
        self.place, self.way = place, way
        store = store_at(place, 0)
        self.peers = self._let_in(store.port)
        for peer in self.peers:
            peer.keep_alive()
            threading.Thread(target=self._watch, args=(peer,), daemon=True).start()
        met(place, store, device)
        self.store = store

    def _let_in(self, port: int) -> list[Peer]:
        place = self.place
        try:
            door = socket.create_server((place.address, place.port), backlog=place.size)
        except OSError as error:
            reason = "another program uses that port" if error.errno == 98 else str(error.strerror)
            raise Unmet(f"rank 0 cannot wait at {place.there}: {reason}") from error
        peers: dict[int, Peer] = {}
        until = time.monotonic() + place.patience
        with door:
            while len(peers) < place.size - 1:
                door.settimeout(max(0.001, until - time.monotonic()))
                try:
                    connection, _ = door.accept()
                except TimeoutError as error:
                    missing = [str(rank) for rank in range(1, place.size) if rank not in peers]
                    named = f"rank {missing[0]}" if len(missing) == 1 else f"ranks {', '.join(missing)}"
                    raise Unmet(f"{named} of {place.size} did not come to {place.there} within {place.patience:g} s") from error
                self._greet(connection, peers, port)
        return [peers[rank] for rank in sorted(peers)]

    def _greet(self, connection: socket.socket, peers: dict[int, Peer], port: int) -> None:
        """A stranger is sent away; a second rank of the same number, or of another run, is told so."""
        place = self.place
        connection.settimeout(SILENCE)
        try:
            hello, _ = Channel(connection).receive()
            rank, size, key, way = hello["rank"], hello["size"], hello["key"], hello["way"]
        except (OSError, ValueError, KeyError, Closed):
            connection.close()
            return
        refusal = (
            "it is of another run"
            if key != place.key
            else f"it expects {size} ranks and there are {place.size}"
            if size != place.size
            else f"it computes with {way}, and rank 0 with {self.way}"
            if way != self.way
            else f"there is a rank {rank} already"
            if rank in peers or not 0 < rank < place.size
            else None
        )
        answer = {"store": port} if refusal is None else {"refused": refusal}
        Channel(connection).send(answer, [])
        if refusal is None:
            peers[rank] = Peer(connection, f"rank {rank} ({hello['host']}, process {hello['process']})")
        else:
            connection.close()

    def _watch(self, peer: Peer) -> None:
        for _ in peer.messages():
            pass
        # Whoever waits for that rank waits in vain. A failure that its end caused has a moment to be answered.
        time.sleep(2 * MOMENT)
        give_up(peer.end or "")

    def why(self, failure: str) -> str:
        """What a failure came from: the end of another rank, if one shows in a moment."""
        until = time.monotonic() + MOMENT
        while time.monotonic() < until:
            for peer in self.peers:
                if peer.end is not None:
                    return peer.end
            time.sleep(0.05)
        return failure

    def pass_on(self, message: dict, tensors: list[torch.Tensor]) -> None:
        frames = Frames(message, tensors)
        for peer in self.peers:
            try:
                peer.send(frames)
            except OSError:
                # It has gone, which ends this rank soon.
                pass

    def end(self) -> None:
        """All ranks end in order."""
        for peer in self.peers:
            try:
                peer.send(Frames({"do": "end"}, []))
            except OSError:
                pass
        os._exit(0)

    def agree(self, digest: int) -> str | None:
        digests = gathered(digest, self.place.size)
        unlike = [str(rank) for rank, other in enumerate(digests) if other != digest]
        return None if not unlike else f"the state of rank {', '.join(unlike)} is not that of rank 0: replicas must be equal to the bit"


class Follower:
    """Any other rank: its messages come from rank 0."""

    def __init__(self, place: Place, device: torch.device, way: str):
        self.place = place
        connection = connected(place)
        channel = Channel(connection)
        here = {"host": socket.gethostname(), "process": os.getpid()}
        channel.send({"rank": place.rank, "size": place.size, "key": place.key, "way": way, **here}, [])
        try:
            answer, _ = channel.receive()
        except (OSError, Closed) as error:
            raise Unmet(f"rank 0 at {place.there} did not answer rank {place.rank}") from error
        if "refused" in answer:
            raise Unmet(f"rank {place.rank} is not let in at {place.there}: {answer['refused']}")
        self.peer = Peer(connection, f"rank 0 ({place.there})")
        self.peer.keep_alive()
        self.inbox: queue.Queue[Message] = queue.Queue(maxsize=64)
        threading.Thread(target=self._read, daemon=True).start()
        self.store = store_at(place, answer["store"])
        met(place, self.store, device)

    def _read(self) -> None:
        for message in self.peer.messages():
            if message[0].get("do") == "end":
                os._exit(0)
            self.inbox.put(message)
        give_up(self.peer.end or "")

    def next(self) -> Message:
        return self.inbox.get()

    def agree(self, digest: int) -> None:
        gathered(digest, self.place.size)


def gathered(number: int, size: int) -> list[int]:
    device = torch.device("cuda") if distributed.get_backend() == "nccl" else torch.device("cpu")
    own = torch.tensor([number], dtype=torch.int64, device=device)
    all_numbers = [torch.empty_like(own) for _ in range(size)]
    distributed.all_gather(all_numbers, own)
    return [each.item() for each in all_numbers]


# Elements of a tensor that are summed at once: what a digest needs beside the tensor is eight bytes for each.
CHUNK = 2**22
LARGE = 2**61 - 1


def digest_of(tensors: list[torch.Tensor]) -> int:
    """A number that differs whenever one bit of one element does: Σ bits · odd weight (mod 2^64) of each tensor, chained."""
    digest = 1
    for tensor in tensors:
        bits = tensor.contiguous().view(torch.int32).reshape(-1)
        total = 0
        for begin in range(0, bits.numel(), CHUNK):
            chunk = bits[begin : begin + CHUNK].to(torch.int64)
            weights = torch.arange(begin, begin + chunk.numel(), dtype=torch.int64, device=bits.device).mul_(2).add_(1)
            total += torch.sum(chunk.mul_(weights)).item()
        digest = (digest * 1000003 + total) % LARGE
    return digest
