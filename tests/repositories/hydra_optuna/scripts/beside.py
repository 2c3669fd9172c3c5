import hydra


@hydra.main('../primary_configs', 'train')
def main(cfg):
    pass
