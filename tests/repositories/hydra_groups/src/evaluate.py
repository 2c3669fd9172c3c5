import hydra
from hydra.utils import instantiate


@hydra.main(config_path="../configs", config_name="evaluate", version_base=None)
def main(cfg):
    print(instantiate(cfg.model).score())


if __name__ == "__main__":
    main()
