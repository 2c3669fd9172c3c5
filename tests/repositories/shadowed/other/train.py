import adapters
import orion
