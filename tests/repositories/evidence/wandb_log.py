import wandb

wandb.log({})
