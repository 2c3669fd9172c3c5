from runner import run


def main():
    run()
