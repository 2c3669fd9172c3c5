from transformers import Trainer

trainer = Trainer()
trainer.hyperparameter_search(n_trials=3)
