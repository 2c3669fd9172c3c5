"""Import one name of one package in two threads at once; exit 1 if either fails."""

import sys
import threading

failures: list[ImportError] = []


def replaced() -> None:
    """Import from the package that replaces itself."""
    try:
        from replaced import answer  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        failures.append(error)


def plain() -> None:
    """Import from the package that does not."""
    try:
        from plain import answer  # type: ignore[import-not-found]  # noqa: F401
    except ImportError as error:
        failures.append(error)


if __name__ == "__main__":
    threads = [threading.Thread(target=globals()[sys.argv[1]]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(*failures, sep="\n")
    sys.exit(bool(failures))
