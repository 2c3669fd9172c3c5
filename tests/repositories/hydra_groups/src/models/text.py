from transformers import AutoModel


class TextModel:
    def __init__(self, name):
        self.model = AutoModel.from_pretrained(name)

    def fit(self, lr):
        return lr
