def _make_transformers_thread_safe() -> None:
    """Keep threads that load or train models from harming each other.

    The environment of the trials needs eager-codemod: without it this fails
    before the first trial, since a study of broken models is worse than none.
    Inserted by eager-codemod; its --remove takes it out.
    """
    try:
        from codemod.runtime import make_thread_safe
    except ImportError as error:
        message = "trials in threads need `pip install eager-codemod` here"
        raise ImportError(message) from error
    make_thread_safe()
