"""What threads break that load or train models, and what the repairs mend.

    python -m benchmarks.loading --cache FOLDER [--version V] [--kind K] [--repair R]
    python -m benchmarks.loading --cache FOLDER --seconds

The first builds its own environments in FOLDER (about 5 GB: one with torch, and one
folder for each version of transformers laid over it), runs an Optuna study of 12 trials
in 4 threads in a process for each cell, and prints a Markdown table of the trials that
were broken. The second measures what a load takes. Needs Linux or macOS.

`study.py` is the program of the measured processes, `loads.py` and `trainings.py` are
what their trials do, `faults.py` is what can be wrong.
"""
