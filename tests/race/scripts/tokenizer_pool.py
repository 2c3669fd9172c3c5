"""A thread pool whose trials each build a tokenizer from a vocabulary file."""

import argparse
from concurrent.futures import ThreadPoolExecutor

TOKENIZERS = [
    "BertTokenizer",
    "BertTokenizerFast",
    "DistilBertTokenizer",
    "DistilBertTokenizerFast",
    "ElectraTokenizer",
    "ElectraTokenizerFast",
    "MobileBertTokenizer",
    "MPNetTokenizer",
]


def count_tokens(name: str, vocabulary: str) -> int:
    """Count the tokens of one sentence."""
    import transformers

    tokenizer = getattr(transformers, name)(vocabulary)
    return len(tokenizer.tokenize("hello world"))


def main() -> None:
    """Build every tokenizer at once, and print what they counted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("vocabulary")
    args = parser.parse_args()
    with ThreadPoolExecutor(max_workers=len(TOKENIZERS)) as pool:
        counts = list(
            pool.map(lambda name: count_tokens(name, args.vocabulary), TOKENIZERS)
        )
    print(f"{sum(count == 2 for count in counts)} of {len(TOKENIZERS)} trials complete")


if __name__ == "__main__":
    main()
