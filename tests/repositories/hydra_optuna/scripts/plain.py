import hydra


@hydra.main(config_path='../plain_configs', config_name='config')
def main(cfg):
    pass
