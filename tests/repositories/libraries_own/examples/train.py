from transformers.trainer import Trainer
