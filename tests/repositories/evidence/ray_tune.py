import ray

ray.tune.run(print)
