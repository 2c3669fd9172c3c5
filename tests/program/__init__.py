"""What scripts do, and where their calls go: the specification of codemod.program."""

import pytest

pytest.register_assert_rewrite("tests.program.judging")
