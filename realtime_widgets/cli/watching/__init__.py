"""The full-screen view of `rtw watch`.

Theory of operation. `feed.py` receives the run in the background and passes what is new to the
thread of the terminal (`loop.py`), where `followed_run.py` reduces it, `controls.py` takes keys and
`page.py` draws. `full_screen.py` owns the terminal and writes the rows that differ from those that
are shown.

It is drawn with rich, which the package needs anyway for the row of a script. Textual would bring
a second event loop, a set of widgets, three more packages and 0.2 s at the start; what it would
save here is the reading of some twenty keys and the scrolling of two panes.
"""
