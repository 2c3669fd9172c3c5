def search():
    import optuna
