import _paths
import search
