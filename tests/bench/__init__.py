"""What things cost, measured beside something everybody knows; nothing is asserted.

`python -m tests.bench` runs every bench, `python -m tests.bench door` the one of that name, with the options that
follow. A bench is a module in this folder with `main(arguments)`, which prints its table.
"""
