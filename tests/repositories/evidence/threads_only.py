from multiprocessing.pool import ThreadPool
