"""The kernel side: `Sprint`, `follow`, `sprints`, `doctor`, and the one thread behind them."""
