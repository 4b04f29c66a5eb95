"""The kernel side: `Sprint`, `follow`, `sprints`, and the one thread behind them."""
