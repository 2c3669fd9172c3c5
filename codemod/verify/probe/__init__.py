"""What runs in the interpreter under test: ``python probe REQUEST ANSWER``.

It needs the standard library only, Python 3.8 to 3.14, because it is run by the
interpreter that runs the user's trials, which knows nothing of eager-codemod. It
imports transformers and nothing else, reads its request from one JSON file and writes
its answer to another: what the target prints cannot spoil it.

Requests: ``look`` says what this interpreter is, whether its import statement is
affected, and which transformers it would import, without importing it. ``race`` imports
names in threads, and says which imports failed; ``alone`` does without threads.
``load`` builds models beside one that another thread is loading, and trains in threads.
"""
