import sys
import pathlib

sys.path.append(str(pathlib.Path(__file__).parent.parent.parent / 'code'))

import search
