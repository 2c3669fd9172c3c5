"""What a script does: the trials that it starts, and where a call goes.

From the cheap to the dear: ``gate`` looks at bytes, ``coarse`` at names; ``project``
finds modules, ``module`` cuts them into ``units``, whose ``uses`` name others.
``reach`` and ``trial_reach`` follow these to trial ``starts`` and to transformers
(``libraries`` has the data), ``verdict`` sums up, and ``entry`` says where in the
script the call goes: behind the ``parsing``, in front of the ``statements`` that lead
to trials.
"""
