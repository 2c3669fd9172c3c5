import concurrent.futures as cf
import transformers

with cf.ThreadPoolExecutor() as pool:
    pool.map(print, [])
