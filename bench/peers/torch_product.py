"""PyTorch's product of two square matrices in f32, TF32 off: the f32 rate that a card shows. One line of JSON goes to stdout."""

import argparse
import json
import statistics
import time

import torch

WARMUP = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda")
    args = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(1)
    a = torch.randn(args.side, args.side, device=args.device)
    b = torch.randn(args.side, args.side, device=args.device)
    wait = torch.cuda.synchronize if args.device == "cuda" else lambda: None
    seconds = []
    for done in range(WARMUP + args.times):
        wait()
        start = time.perf_counter()
        a @ b
        wait()
        if done >= WARMUP:
            seconds.append(time.perf_counter() - start)
    flops = 2 * args.side**3
    device = torch.cuda.get_device_name() if args.device == "cuda" else "cpu"
    print(
        json.dumps(
            {
                "median": flops / statistics.median(seconds),
                "best": flops / min(seconds),
                "device": device,
                "versions": {"torch": torch.__version__},
            }
        )
    )


if __name__ == "__main__":
    main()
