"""The command line `realtime-widgets`, short `rtw`: one file for each command.

It is made with click, which completes commands, options and names of runs in bash, zsh and fish.
argparse completes nothing by itself, and typer is click with two more dependencies.
"""
