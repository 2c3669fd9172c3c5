from joblib import Parallel
from sentence_transformers import SentenceTransformer

Parallel(n_jobs=4)
