import ray

ray.data.range(3)
