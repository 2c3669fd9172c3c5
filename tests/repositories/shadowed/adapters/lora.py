class Lora:
    pass
