"""End-to-end tests with the real transformers, Optuna and Hydra, in threads."""
