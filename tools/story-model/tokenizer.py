"""Trains the byte-level BPE tokenizer on texts and writes it in the Hugging Face layout.

    node stories.mjs --count 8000 | python tokenizer.py
"""

import argparse
import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

BOS, EOS = "<s>", "</s>"
# A story model has no turns: the text of the messages is simply what the story starts with.
CHAT_TEMPLATE = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"


def train(vocab_size: int, texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[AddedToken(BOS, special=True), AddedToken(EOS, special=True)],
        # All 256 bytes are in the vocabulary, so any UTF-8 text has tokens.
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{BOS} $A", pair=f"{BOS} $A {BOS} $B", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
            ),
        ]
    )
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, max_length: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"bos_token": BOS, "eos_token": EOS}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **special,
        "add_bos_token": True,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": max_length,
        "chat_template": CHAT_TEMPLATE,
    }
    for name, value in (("tokenizer_config.json", settings), ("special_tokens_map.json", special)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")


def check(tokenizer: Tokenizer) -> None:
    """Any text must come back as it was: every code point class, controls and broken-looking spacing."""
    samples = ["", " ", "Hello,  world\n\t!", "naïve café", "日本語 и русский", "\U0001f98a\u200d\u2640\ufe0f", "\x00\x7f\u0085"]
    samples += ["".join(chr(c) for c in range(start, start + 64)) for start in range(0, 0xD800, 1024)]
    for text in samples:
        if tokenizer.decode(tokenizer.encode(text).ids) != text:
            raise SystemExit(f"the tokenizer does not round-trip {text!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("../../examples/llama/model"))
    parser.add_argument("--vocab-size", type=int, default=1536)
    args = parser.parse_args()
    texts = [json.loads(line)["text"] for line in sys.stdin]
    trained = train(args.vocab_size, texts)
    check(trained)
    save(trained, args.out, 512)
    tokens = [len(trained.encode(text).ids) for text in texts[:500]]
    print(f"{trained.get_vocab_size()} tokens; {sum(tokens) / len(tokens):.1f} per story, the longest {max(tokens)}")
