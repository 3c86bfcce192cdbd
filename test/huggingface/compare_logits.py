"""Opens a saved model with the class of Hugging Face's Transformers that its config.json names, and
compares its logits with ours.

usage: compare_logits.py MODEL_FOLDER SEQUENCES.json

SEQUENCES.json holds {"tokens": [[...], ...], "logits": [[[...], ...], ...]}: sequences of token ids, and for each our logits
[time, vocabulary]. One line of JSON goes to stdout: the largest absolute difference, the largest absolute logit, the versions.
It fails where a tensor of the model is missing from the file or the file holds one that the model does not know.
"""

import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
import transformers  # noqa: E402


def main(folder: str, sequences_file: str) -> None:
    transformers.logging.set_verbosity_error()
    model, loading = transformers.AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    for complaint in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        if loading.get(complaint):
            sys.exit(f"{complaint}: {loading[complaint]}")
    model.eval()
    with open(sequences_file, encoding="utf-8") as file:
        sequences = json.load(file)
    difference = 0.0
    largest = 0.0
    for tokens, logits in zip(sequences["tokens"], sequences["logits"], strict=True):
        ours = torch.tensor(logits, dtype=torch.float64)
        with torch.no_grad():
            theirs = model(torch.tensor([tokens])).logits[0].double()
        if ours.shape != theirs.shape:
            sys.exit(f"our logits are {tuple(ours.shape)}, theirs {tuple(theirs.shape)}")
        difference = max(difference, (ours - theirs).abs().max().item())
        largest = max(largest, theirs.abs().max().item())
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({"maxDifference": difference, "largestLogit": largest, "versions": versions}))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
