def run():
    import optuna

    optuna.create_study()
