import flaml
