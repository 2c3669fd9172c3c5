from toolkit import tune

if __name__ == "__main__":
    tune()
