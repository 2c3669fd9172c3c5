"""What codemod.runtime repairs, with the real libraries."""
