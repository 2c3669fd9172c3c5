import hydra


@hydra.main('../primary_configs', 'includes_tune')
def main(cfg):
    pass
