import smac
