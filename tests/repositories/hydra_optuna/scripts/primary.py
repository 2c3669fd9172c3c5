import hydra


@hydra.main('../primary_configs', 'tune')
def main(cfg):
    pass
