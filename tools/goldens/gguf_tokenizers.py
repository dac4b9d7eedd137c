"""Writes tests/goldens/llama/tokenizers: GGUF files that hold a small vocabulary and nothing else.

Needs: gguf 0.19.0, sentencepiece 0.2.3, tokenizers 0.23.3. Run from the root of the repository:
python tools/goldens/gguf_tokenizers.py; then tools/goldens/llama_cpp_tokens.mjs asks llama.cpp what they make of texts.
"""

import io
import json
from pathlib import Path

import sentencepiece
from gguf import GGUFWriter, TokenType
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "goldens" / "llama" / "tokenizers"
LINES = [json.loads(line)["text"] for line in (ROOT / "examples/llama/data/claims.jsonl").read_text().splitlines()]
LINES = LINES[:200] + (ROOT / "examples/llama/README.md").read_text().splitlines()
LINES += ["a   b    c     d        e", "aaaa aaaaaaa aaa", "Zürich ist schön, café naïve", "1234 99 2024 1,000,000"] * 5
CHAT = "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}"


def write(name, model, fill):
    writer = GGUFWriter(OUT / f"{name}.gguf", "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model(model)
    fill(writer)
    writer.add_chat_template(CHAT)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sentence_piece(step=1, **options):
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=trained, model_type="bpe", vocab_size=700, byte_fallback=True,
        character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False,
        user_defined_symbols=["<|user|>"], control_symbols=["<|end|>"], split_digits=True,
        allow_whitespace_only_pieces=True, minloglevel=2,
    )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())

    def kind(i):
        if pieces.is_unknown(i):
            return TokenType.UNKNOWN
        if pieces.is_control(i):
            return TokenType.CONTROL
        if pieces.is_byte(i):
            return TokenType.BYTE
        return TokenType.USER_DEFINED if pieces.id_to_piece(i) == "<|user|>" else TokenType.NORMAL

    def fill(writer):
        ids = range(pieces.vocab_size())
        writer.add_tokenizer_pre("default")
        writer.add_token_list([pieces.id_to_piece(i) for i in ids])
        writer.add_token_scores([pieces.get_score(i) // step * step for i in ids])
        writer.add_token_types([kind(i) for i in ids])
        writer.add_bos_token_id(pieces.bos_id())
        writer.add_eos_token_id(pieces.eos_id())
        writer.add_unk_token_id(pieces.unk_id())
        for key, value in options.items():
            getattr(writer, key)(value)

    return fill


def byte_level(pre):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=700, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    state = json.loads(tokenizer.to_str())["model"]
    vocab = sorted(state["vocab"], key=state["vocab"].get)
    # whole numbers and words that no merge makes: what taking words as they are is for
    extra = ["123", "Ġunmerged"]
    special = ["<|begin|>", "<|eot_id|>", "<|user|>"]

    def fill(writer):
        if pre is not None:
            writer.add_tokenizer_pre(pre)
        kinds = [TokenType.NORMAL] * (len(vocab) + len(extra))
        writer.add_token_list(vocab + extra + special)
        writer.add_token_types(kinds + [TokenType.CONTROL, TokenType.CONTROL, TokenType.USER_DEFINED])
        writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in state["merges"]])
        writer.add_bos_token_id(len(kinds))
        writer.add_eos_token_id(len(kinds) + 1)

    return fill


OUT.mkdir(parents=True, exist_ok=True)
write("spm", "llama", sentence_piece())
write("spm-bare", "llama", sentence_piece(add_add_space_prefix=False, add_add_bos_token=False, add_add_eos_token=True))
write("spm-ties", "llama", sentence_piece(step=60))  # many pieces share a score
for pre in ["gpt-2", "llama-bpe", "qwen2", "smollm", None]:
    write(pre or "no-pre", "gpt2", byte_level(pre))
