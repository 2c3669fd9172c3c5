import farther
