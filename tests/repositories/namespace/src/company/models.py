import peft
