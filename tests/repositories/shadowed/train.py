from adapters.lora import Lora
import ax
