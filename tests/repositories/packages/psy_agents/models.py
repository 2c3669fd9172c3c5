from transformers import AutoModel


def build():
    return AutoModel
